#pragma once
// Whether one more connection to a host can say something new.

#include <chrono>
#include <optional>
#include <span>

#include "scanner/result.h"

namespace fleetscan {

struct RetryLimits {
  unsigned retries = 1;      ///< per target, after its first attempt
  unsigned connections = 3;  ///< per target in all
};

struct RetryStep {
  std::chrono::milliseconds wait{0};  ///< after the end of the last attempt
  bool clamp_mss = false;
  /// The wait outlasts a penalty: a shorter one would only meet the penalty again. Such a step
  /// is made after its wait or not at all; any other may be shortened.
  bool wait_is_meaning = false;

  bool operator==(const RetryStep&) const = default;
};

/// The next step for a target, from its attempts so far and the outcome table's policy.
/// @param attempts  in order of time, at least one
/// @return nothing when another attempt would not help or the limits are reached.
///
/// Failures of our own machine's resources are no attempts on the host: the plan makes up for them.
[[nodiscard]] std::optional<RetryStep> next_step(std::span<const Attempt> attempts,
                                                 const RetryLimits& limits);

}  // namespace fleetscan
