#include "commands/console.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/exit_status.h"
#include "base/input_error.h"
#include "base/numbers.h"
#include "commands/usage.h"

namespace fleetscan::commands {

void say(const std::string& text) { std::fprintf(stderr, "fleetscan: %s\n", text.c_str()); }

void say(const InputErrors& errors) {
  constexpr std::uint64_t kShown = 3;  // of one kind in one source
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
  for (const auto& error : errors.kept())
    if (++counts[{error.source, error.remedy}] <= kShown) say(error.to_string());
  for (const auto& [kind, count] : counts)
    if (count > kShown)
      say(fmt::format("{}: {} more: {}", excerpt(kind.first), grouped(count - kShown),
                      kind.second));
  if (errors.more() > 0) say(fmt::format("... and {} more", grouped(errors.more())));
}

int answer(const Instead& instead) {
  std::fputs(instead.text.c_str(), instead.status == 0 ? stdout : stderr);
  return instead.status;
}

int leave_unwritten(const std::vector<std::string>& errors) {
  for (const auto& error : errors) say(error);
  return kExitOutput;
}

}  // namespace fleetscan::commands
