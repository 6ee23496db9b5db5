#pragma once
// Decides the class of a target from all attempts on it.

#include <cstddef>
#include <span>

#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::probe {

struct Verdict {
  Outcome outcome = Outcome::not_probed;
  std::size_t rests_on = 0;  ///< index of the attempt that shows it

  bool operator==(const Verdict&) const = default;
};

/// In this order:
/// - one attempt speaks for itself, and a key that changed is said in any case;
/// - a stall that an MSS-clamped retry overcomes is kex_mtu_blackhole, confirmed: real clients do
///   not clamp. If the clamped retry fails, too, the stall keeps its class, unless either attempt
///   points at a black hole by itself. If the clamped retry only needed longer than the first had
///   time for, the host is ok_slow;
/// - a host that is reached after it had failed is ok_after_retry;
/// - else the attempt that came furthest decides, among equals the last one; of closes without a
///   byte the soonest, because noise only lengthens them. Attempts that failed
///   for our own reasons decide only if there are no others.
/// @param attempts  in order of time, at least one
[[nodiscard]] Verdict verdict(std::span<const Attempt> attempts);

}  // namespace fleetscan::probe
