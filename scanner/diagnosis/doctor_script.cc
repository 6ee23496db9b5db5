#include "scanner/diagnosis/doctor_script.h"

#include <fmt/format.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/escape.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::string_view kSettings = "#@settings@\n", kTexts = "#@texts@\n";
constexpr std::size_t kLongestName = 255;

/// A word of sh that stands for the text itself.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string settings(const DoctorCase& known) {
  std::string suspects;
  for (const auto cause : known.suspects)
    suspects += (suspects.empty() ? "" : " ") + std::string(to_string(cause));
  return fmt::format(
      "host={} port={} address={} from={} class={}\nsuspects={} json={} resolve=no\n",
      quoted(printable(known.host.substr(0, kLongestName))), known.port,
      quoted(printable(known.address)), quoted(printable(known.client)),
      quoted(printable(known.outcome)), quoted(suspects), known.json ? "yes" : "no");
}

std::string texts() {
  std::string out;
  for (const auto& row : causes())
    for (const auto& candidate : text_of(row.cause).candidates)
      if (!candidate.doctor.empty())
        out += fmt::format("  {}.{})\n    what={}\n    remedy={} ;;\n", row.name, candidate.doctor,
                           quoted(candidate.what), quoted(candidate.fix));
  return out;
}

void fill(std::string& script, std::string_view place, const std::string& text) {
  const auto at = script.find(place);
  if (at == script.npos) throw std::logic_error(fmt::format("doctor.sh has no {}", place));
  script.replace(at, place.size(), text);
}

}  // namespace

std::string doctor_script(const DoctorCase& known) {
  std::string script(doctor_sh());
  fill(script, kTexts, texts());
  fill(script, kSettings, settings(known));
  return script;
}

}  // namespace fleetscan::diagnosis
