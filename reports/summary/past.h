#pragma once
// Past: how a run differs from earlier ones and from what is accepted, as plain values for reports.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "reports/summary/subnet_tree.h"
#include "scanner/diagnosis/diagnosis.h"

namespace fleetscan::summary {

/// One earlier run of the same inventory and vantage, for the trend.
struct PastRun {
  WallTime started;
  Tally tally;
  std::uint64_t fresh = 0;  ///< newly failing
  std::uint64_t recovered = 0;
};

/// How this run differs from the ones before it. Lists hold targets, in order of name.
struct Past {
  std::vector<PastRun> runs;  ///< oldest first
  bool first = false;         ///< there is no run to compare with: nothing is new
  std::vector<std::string> fresh;
  std::vector<std::string> recovered;
  std::vector<std::string> flapping;
  std::vector<std::string> key_changed;
  std::vector<std::string> software_changed;
  std::vector<std::string> added;    ///< to the inventory, or back in it
  std::vector<std::string> removed;  ///< from it
  std::vector<std::string> dark;     ///< subnets in which no host is left that does not fail
  std::map<std::string, WallTime> failing_since;
  /// Of those that fail now, flap or recovered: one character for each of the last complete runs,
  /// oldest first: kUp, kDown as far as is known, kAbsent before it was first looked at.
  std::map<std::string, std::string> courses;

  static constexpr char kUp = 'o', kDown = 'x', kAbsent = '.';

  /// The complete run before this one; null if this is the first.
  [[nodiscard]] const PastRun* before() const {
    return runs.size() > 1 ? &runs[runs.size() - 2] : nullptr;
  }
  /// What the complete runs before this one say of a target; nothing without a course.
  [[nodiscard]] diagnosis::Earlier earlier(const std::string& target) const;
};

}  // namespace fleetscan::summary
