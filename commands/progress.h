#pragma once
// Progress: how far a scan has come, as one line of text.

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "base/clock.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::commands {

/// What is still to come.
struct Outlook {
  /// How much longer what is in flight and what waits for a retry may take; as much comes behind
  /// the last one that is still to be asked.
  std::chrono::milliseconds tail{0};
  std::uint64_t again = 0;  ///< targets that failed, and will be asked again
};

/// Counts results and foresees the end.
class Progress {
 public:
  Progress(std::uint64_t total, TimePoint started) : total_(total), samples_{{started, 0}} {}

  void add(probe::State state);

  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

  /// "43% 43,012/100,000 · ETA 1m10s · ok 42,701 · failed 311 · 812/s"; once each target was asked,
  /// "252/300 done · about 14s more, 48 to be asked again · ok 238 · failed 62". What matters most
  /// stands first: a narrow terminal shows no more.
  /// Call it at least every few seconds: the rate is that of the last kRateWindow.
  [[nodiscard]] std::string line(TimePoint now, const Outlook& outlook);

 private:
  static constexpr std::chrono::seconds kRateWindow{10};

  [[nodiscard]] double rate(TimePoint now);
  [[nodiscard]] std::string unknown_text() const;

  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t reached_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t unknown_ = 0;
  std::deque<std::pair<TimePoint, std::uint64_t>> samples_;  ///< when, and done by then
};

}  // namespace fleetscan::commands
