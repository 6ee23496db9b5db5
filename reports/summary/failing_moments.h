#pragma once
// Lists the moments of a run in which hosts failed more than at other times.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "reports/summary/failing_places.h"
#include "reports/summary/host_table.h"

namespace fleetscan::summary {

/// Divides a run into at most kMost equal slices, of one second or more each, by the first attempts
/// on its hosts. Hosts that places explain are left out: crowded subnets are asked to the very end,
/// and a moment would explain them, too.
class FailingMoments {
 public:
  static constexpr std::size_t kMost = 200;

  /// Both must outlive it. @param explained  by row
  FailingMoments(const std::vector<HostRow>& rows, const std::vector<bool>& explained);

  /// How often a kind of failure occurs at all among those hosts. The moments in which it is rare
  /// would be no guess: of many short ones some always are.
  [[nodiscard]] double background(const FailureKind& failure) const;
  /// Disjoint windows that gain something by `failure.background`, the one that gains most first.
  [[nodiscard]] std::vector<FailingPlace> of(const FailureKind& failure, std::size_t kinds,
                                             std::uint64_t min_failing) const;

 private:
  struct Count {
    std::uint64_t failing = 0;
    std::uint64_t hosts = 0;
  };
  [[nodiscard]] std::vector<Count> counts(const FailureKind& failure) const;
  [[nodiscard]] std::size_t slice_of(WallTime time) const;
  [[nodiscard]] FailingPlace place(const FailureKind& failure, std::size_t first,
                                   std::size_t end) const;

  const std::vector<HostRow>& rows_;
  RowIds ids_;  ///< rows that have a time, and that no place explains
  WallTime begin_ = WallTime::max();
  std::chrono::seconds width_{1};
  std::size_t slices_ = 0;
};

}  // namespace fleetscan::summary
