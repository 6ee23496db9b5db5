#include "commands/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/exit_status.h"
#include "base/input_error.h"
#include "base/numbers.h"
#include "base/output_file.h"
#include "commands/options.h"
#include "commands/terminal.h"
#include "commands/usage.h"
#include "reports/render/text_page.h"

namespace fleetscan::commands {
namespace {

/// Wrapped, if standard output is a terminal.
std::string for_terminal(const std::string& text) {
  return render::wrapped(text, {.width = look_at(STDOUT_FILENO, Color::never).width});
}

}  // namespace

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

void print_page(const std::string& text) { write_report("-", for_terminal(text)); }

int answer(const Instead& instead) {
  if (instead.status == 0)
    std::fputs(for_terminal(instead.text).c_str(), stdout);
  else
    std::fputs(instead.text.c_str(), stderr);
  return instead.status;
}

int leave_unwritten(const std::vector<std::string>& errors) {
  for (const auto& error : errors) say(error);
  return kExitOutput;
}

}  // namespace fleetscan::commands
