#pragma once
// The Gate says whether a run passes: the word at the head of every report, and the exit status.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/summary/certificate_census.h"
#include "reports/summary/condition.h"
#include "reports/summary/known_failures.h"
#include "reports/summary/past.h"
#include "reports/summary/summary.h"

namespace fleetscan::summary {

enum class GateVerdict : std::uint8_t {
  pass,
  fail,
  incomplete,  ///< the run ended early, or what it could not tell may be what decides
};

[[nodiscard]] std::string_view to_string(GateVerdict verdict);  ///< "PASS", "FAIL", "INCOMPLETE"

/// One condition, held against a run. A host whose state is unknown may be in any state: a value is
/// therefore a range, and a condition that holds at one end of it only is not decided.
struct Criterion {
  Condition condition;
  std::string value;  ///< "12", "35% (10.2.3.0/24)", "0 to 4", "not known without --history"
  GateVerdict verdict = GateVerdict::incomplete;  ///< fail: the condition holds
};

struct Gate {
  GateVerdict verdict = GateVerdict::incomplete;
  std::string reason;  ///< one phrase: "100 of 10,000 hosts fail"
  std::vector<Criterion> criteria = {};
  std::optional<std::uint64_t> known = {};  ///< accepted failures; nothing without a baseline
  std::uint64_t unjudged = 0;               ///< hosts that could be in any state

  /// Nobody has set conditions: the reason says all.
  [[nodiscard]] bool is_default() const {
    return criteria.size() == 1 && criteria.front().condition.text == Condition{}.text;
  }
};

/// kExitPassed, kExitFailed or kExitUndecided.
/// @param exit_zero  turns 1 into 0, unless hosts could not be judged: that it never hides.
[[nodiscard]] int exit_status(const Gate& gate, bool exit_zero = false);

/// What is held against a run. The default accepts no failing host.
struct GateRules {
  std::vector<Condition> fail_if = {Condition{}};
  const KnownFailures* known = nullptr;  ///< of this run; null without a baseline
  Authorities authorities = {};          ///< whose certificates are accepted
};

/// A run that is not complete decides nothing in its favor and nothing against the fleet.
/// @param past  nothing without a history
[[nodiscard]] Gate judge(const Summary& summary, const GateRules& rules = {},
                         const std::optional<Past>& past = {});

}  // namespace fleetscan::summary
