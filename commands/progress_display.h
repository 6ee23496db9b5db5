#pragma once
// ProgressDisplay draws the progress line on standard error.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "commands/options.h"
#include "commands/progress.h"
#include "commands/terminal.h"

namespace fleetscan::commands {

/// As a bar: one line, drawn again and again. As plain text: a line every 10 s, or for every 10 %
/// if those are not closer than a second.
class ProgressDisplay {
 public:
  /// How often show() is worth a call.
  static constexpr std::chrono::milliseconds kInterval{100};

  ProgressDisplay(ProgressStyle style, const Terminal& terminal, TimePoint started);

  void show(Progress& progress, TimePoint now, const Outlook& outlook);
  [[nodiscard]] bool shows() const { return style_ != ProgressStyle::none; }
  /// Takes the bar off the screen, for other text or for good.
  void clear();

 private:
  void draw(std::string line);

  ProgressStyle style_;
  Terminal terminal_;
  TimePoint last_;
  std::uint64_t last_tenth_ = 0;
  bool drawn_ = false;
};

}  // namespace fleetscan::commands
