#include "scanner/diagnosis/conclude.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/diagnosis/diagnosis.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/probe/verdict.h"

namespace fleetscan::diagnosis {
namespace {

/// What a failure is called if it is our own; nothing if it cannot be.
std::optional<probe::Outcome> our_class(const probe::HostResult& result) {
  using enum probe::Outcome;
  if (!probe::is_failure(result.outcome)) return std::nullopt;
  if (result.outcome == resolve_failure || result.outcome == resolve_suspicious)
    return scanner_resolver;
  const auto silent = [](const probe::Attempt& attempt) { return attempt.evidence.bytes_in == 0; };
  if (result.attempts.empty() || !std::ranges::all_of(result.attempts, silent)) return std::nullopt;
  return scanner_network;
}

}  // namespace

probe::HostResult conclude(probe::HostEvidence&& evidence) {
  probe::HostResult result;
  result.target = std::move(evidence.target);
  result.attempts = std::move(evidence.attempts);
  result.further_keys = std::move(evidence.further_keys);
  result.resolve = evidence.resolve;
  result.echo = evidence.echo;
  result.note = std::move(evidence.note);
  const auto [outcome, rests_on] = result.attempts.empty()
                                       ? probe::Verdict{evidence.without_attempts, 0}
                                       : probe::verdict(result.attempts);
  result.outcome = outcome;
  result.rests_on = rests_on;
  result.causes = diagnose(result);
  return result;
}

probe::HostResult conclude_again(probe::HostResult&& earlier,
                                 const std::vector<probe::Attempt>& more) {
  probe::HostEvidence evidence{.target = std::move(earlier.target),
                               .attempts = std::move(earlier.attempts),
                               .further_keys = std::move(earlier.further_keys),
                               .resolve = earlier.resolve,
                               .echo = earlier.echo,
                               .note = std::move(earlier.note),
                               .without_attempts = earlier.outcome};
  evidence.attempts.insert(evidence.attempts.end(), more.begin(), more.end());
  return conclude(std::move(evidence));
}

probe::HostResult doubt(probe::HostResult&& result, std::string_view why) {
  const auto ours = our_class(result);
  if (!ours) return std::move(result);
  const auto what =
      fmt::format("{}: {} may be this machine's doing", why, probe::to_string(result.outcome));
  result.note += (result.note.empty() ? "" : "; ") + what;
  result.outcome = *ours;
  result.causes = diagnose(result);
  return std::move(result);
}

}  // namespace fleetscan::diagnosis
