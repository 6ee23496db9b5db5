#include "scanner/identification.h"

namespace fleetscan {
namespace {

bool has_control(std::string_view line) {
  bool found = false;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    found |= (byte < ' ' && byte != '\t') || byte == 127;
  }
  return found;
}

}  // namespace

std::optional<Identification> parse_identification(std::string_view line) {
  if (!line.starts_with(kIdentificationStart)) return std::nullopt;
  if (has_control(line)) return std::nullopt;
  line.remove_prefix(kIdentificationStart.size());

  const auto dash = line.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto protocol = line.substr(0, dash);
  if (protocol.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  line.remove_prefix(dash + 1);

  const auto space = line.find(' ');
  const auto comments =
      space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
  return Identification{protocol, line.substr(0, space), comments};
}

}  // namespace fleetscan
