#pragma once
// Decides whether one more connection to a host can tell us something new.

#include <chrono>
#include <optional>
#include <span>

#include "scanner/probe/probe_request.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::probe {

struct RetryLimits {
  unsigned retries = 1;      ///< per target, after its first attempt; questions come on top
  unsigned connections = 3;  ///< per target in all
  bool diagnose = true;      ///< ask more than the same once again
};

struct RetryStep {
  std::chrono::milliseconds wait{0};  ///< after the end of the last attempt
  Question question = Question::again;
  /// The wait outlasts a penalty: a shorter one would only meet the penalty again. Such a step
  /// is made after its wait or not at all; any other may be shortened.
  bool wait_is_meaning = false;

  bool operator==(const RetryStep&) const = default;
};

/// The next step for a target, from its attempts so far and the outcome table's policy.
/// @param attempts  in order of time, at least one
/// @param exchanges  what the probes exchange keys with
/// @param other_family  the target also has an address of the other family
/// @return nothing when another attempt would not help or the limits are reached.
///
/// A connection that ended in the key exchange is made again at once where no penalty can exist; a
/// wrong signature, too. The other family is asked first, where no connection came about; another
/// method last, where the server offers one, or a PROXY header, where it waits for somebody's
/// words.
///
/// Failures of our own machine's resources are no attempts on the host: the plan makes up for them.
[[nodiscard]] std::optional<RetryStep> next_step(std::span<const Attempt> attempts,
                                                 const RetryLimits& limits,
                                                 const ssh::KeyExchangeFactory& exchanges,
                                                 bool other_family = false);

}  // namespace fleetscan::probe
