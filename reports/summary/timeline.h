#pragma once
// Timeline: what happened when within a run. It tells "the network broke at 0:40" from "the scanner
// was short of resources".

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

/// Counts per interval of a run, in bounded memory: intervals grow from one second by doubling, so
/// that at most kMaxIntervals cover the run. Order of adding does not matter.
class Timeline {
 public:
  static constexpr std::size_t kMaxIntervals = 240;

  struct Interval {
    std::uint64_t started = 0;    ///< attempts
    std::uint64_t ended = 0;      ///< attempts
    std::uint64_t failed = 0;     ///< attempts of class unreachable, by their end
    std::uint64_t own_fault = 0;  ///< attempts of class unknown, by their end
  };

  void begin(WallTime run_started) { origin_ = run_started; }
  /// An attempt from before the run's start (clocks may be set) counts into its first interval.
  void add(const probe::Attempt& attempt);

  [[nodiscard]] std::chrono::seconds interval() const { return interval_; }
  [[nodiscard]] const std::vector<Interval>& intervals() const { return intervals_; }

 private:
  [[nodiscard]] Interval& at(WallTime time);

  WallTime origin_{};
  std::chrono::seconds interval_{1};
  std::vector<Interval> intervals_;
};

}  // namespace fleetscan::summary
