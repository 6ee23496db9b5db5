#include "commands/progress_display.h"

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "commands/options.h"
#include "commands/progress.h"
#include "commands/terminal.h"

namespace fleetscan::commands {
namespace {

using std::chrono_literals::operator""s;

// Without UTF-8 the separator is a bar.
std::string in_ascii(std::string_view line) {
  constexpr std::string_view kDot = "·";
  std::string ascii;
  for (auto at = line.find(kDot); at != std::string_view::npos; at = line.find(kDot)) {
    ascii.append(line.substr(0, at)).push_back('|');
    line.remove_prefix(at + kDot.size());
  }
  return ascii.append(line);
}

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressStyle style, const Terminal& terminal, TimePoint started)
    : style_(style), terminal_(terminal), last_(started) {
  if (style_ == ProgressStyle::automatic)
    style_ = terminal.interactive ? ProgressStyle::bar : ProgressStyle::plain;
}

void ProgressDisplay::show(Progress& progress, TimePoint now, const Outlook& outlook) {
  if (style_ == ProgressStyle::none) return;
  auto line = progress.line(now, outlook);
  if (!terminal_.unicode) line = in_ascii(line);
  if (style_ == ProgressStyle::bar) return draw(std::move(line));
  const auto tenth = progress.total() == 0 ? 0 : progress.done() * 10 / progress.total();
  const bool due = now - last_ >= 10s || (tenth > last_tenth_ && now - last_ >= 1s);
  if (!due) return;
  last_ = now;
  last_tenth_ = tenth;
  std::fprintf(stderr, "%s\n", line.c_str());
}

void ProgressDisplay::draw(std::string line) {
  // A line that wraps could not be redrawn. Cut between characters of UTF-8, none of them wide.
  std::size_t columns = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(line[i]) & 0xc0) != 0x80;
    if (starts && ++columns >= terminal_.width && terminal_.width > 0) line.resize(i);
  }
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  drawn_ = true;
}

void ProgressDisplay::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace fleetscan::commands
