#include "scanner/diagnosis/conclude.h"

#include <utility>

#include "scanner/diagnosis/diagnosis.h"
#include "scanner/probe/verdict.h"

namespace fleetscan::diagnosis {

probe::HostResult conclude(probe::HostEvidence&& evidence) {
  probe::HostResult result;
  result.target = std::move(evidence.target);
  result.attempts = std::move(evidence.attempts);
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
                               .resolve = earlier.resolve,
                               .echo = earlier.echo,
                               .note = std::move(earlier.note),
                               .without_attempts = earlier.outcome};
  evidence.attempts.insert(evidence.attempts.end(), more.begin(), more.end());
  return conclude(std::move(evidence));
}

}  // namespace fleetscan::diagnosis
