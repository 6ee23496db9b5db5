#pragma once
// AdaptivePace learns from a subnet's answers how many connections it tolerates at a time. Pure.

#include <cstddef>
#include <map>

#include "base/prefix.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::plan {

/// Whether an outcome may come from our own load: throttling, resets, timeouts.
[[nodiscard]] bool may_be_our_load(probe::Outcome outcome);

/// Halves a subnet's window while more of its attempts fail than may be, and widens it by an eighth
/// when they do not. What fails as often when we make one connection at a time is not our load: the
/// window is then given back, and only more failures than those count. A subnet that never answered
/// says nothing about load.
///
/// Time is counted in attempts: an epoch is as many as the window holds, and 8 at least. Memory is
/// O(subnets).
class AdaptivePace {
 public:
  explicit AdaptivePace(std::size_t most) : most_(most) {}

  /// Takes the end of one attempt in that subnet.
  void finished(const Prefix& subnet, bool failed);

  /// How many connections may be in flight in that subnet: 1 to `most`.
  [[nodiscard]] std::size_t window(const Prefix& subnet) const;

 private:
  struct Subnet {
    double window;
    double failed = 0, ended = 0;  ///< in this epoch
    double accepted = 0.05;        ///< the share of failures that is not taken for our load
    bool answered = false;         ///< at least once
    bool settling = false;         ///< attempts of the wider window are still ending
  };

  void end_epoch(Subnet& subnet) const;

  std::size_t most_;
  std::map<Prefix, Subnet> subnets_;
};

}  // namespace fleetscan::plan
