#include "commands/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "commands/options.h"

namespace fleetscan::commands {
namespace {

constexpr std::size_t kUsualWidth = 80;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool wants_color(Color flag, bool capable) {
  if (flag != Color::automatic) return flag == Color::always;
  if (!environment("NO_COLOR").empty()) return false;
  if (!environment("FORCE_COLOR").empty() || !environment("CLICOLOR_FORCE").empty()) return true;
  return capable;
}

bool is_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto value = environment(name);
    if (value.empty()) continue;  // the first one that is set decides
    return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

}  // namespace

Terminal look_at(int fd, Color flag) {
  Terminal terminal;
  const bool capable = isatty(fd) == 1 && environment("TERM") != "dumb";
  terminal.interactive = capable && environment("CI").empty();
  terminal.color = wants_color(flag, capable);
  terminal.unicode = is_utf8_locale();
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0)
    terminal.width = size.ws_col > 0 ? size.ws_col : kUsualWidth;
  return terminal;
}

}  // namespace fleetscan::commands
