#include "scanner/retry_policy.h"

#include <algorithm>

namespace fleetscan {
namespace {

// A clamped retry follows at once, but for the time in which the server takes note that the first
// connection is over: it never has two of ours.
constexpr std::chrono::milliseconds kBreath{100};

// Throttling in words that stand for a penalty, too (OpenSSH 9.8 and newer), and a child that may
// have crashed, which is itself penalised: asked again too early, both answer only with the
// penalty.
bool may_be_penalised(const Attempt& attempt) {
  switch (attempt.outcome) {
    case Outcome::banner_throttled:
      return attempt.evidence.text.find("Exceeded MaxStartups") == std::string::npos;
    case Outcome::kex_closed:
    case Outcome::kex_reset: return true;
    default: return false;
  }
}

}  // namespace

std::optional<RetryStep> next_step(std::span<const Attempt> attempts, const RetryLimits& limits) {
  if (attempts.size() > limits.retries || attempts.size() >= limits.connections)
    return std::nullopt;
  const auto& last = attempts.back();
  if (last.outcome == Outcome::scanner_resources) return std::nullopt;
  const auto& policy = row(last.outcome);
  switch (policy.retry) {
    case Retry::never: return std::nullopt;
    case Retry::later: return RetryStep{policy.wait, false, may_be_penalised(last)};
    case Retry::small: break;
  }
  const bool clamped = std::ranges::any_of(
      attempts, [](const Attempt& attempt) { return attempt.evidence.mss_clamped; });
  if (clamped) return std::nullopt;
  return RetryStep{kBreath, true, false};
}

}  // namespace fleetscan
