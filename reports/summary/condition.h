#pragma once
// The expressions of `--fail-if`: what a run must not show if it is to pass.
//
//     MEASURE  >|>=|<|<=|==|!=  NUMBER[%]
//
// MEASURE is one of
//     failing                  unreachable hosts that the baseline does not accept
//     unreachable              all of them
//     reachable  degraded  unknown          hosts in that state
//     new                      failing hosts that did not fail in the run before and that the
//                              baseline does not accept; without a history: that it does not accept
//     recovered  flapping  key_changed  software_changed
//                              hosts, against the history
//     added  removed           hosts, to and from the inventory since the run before
//     dark_subnets             subnets in which the last host began to fail
//     certificate.days         whole days until the first host certificate expires
//     certificate.bad          hosts whose certificate is out of date, for other names, or by an
//                              authority that is not among those of --ca
//     sshfp.mismatch           hosts of whose keys one differs from the SSHFP records in the DNS
//     sshfp.missing            hosts without such a record for their key; both: see --sshfp
//     class.NAME               hosts in that class that the baseline does not accept
//     subnet.max_failing       failing hosts of the worst /24 or /64; as %, of that subnet's hosts
//     partial                  hosts that some vantages reach and others do not
//     vantage.NAME.failing     hosts that fail from that vantage; as %, of those that it asked
//     label.KEY=VALUE.failing  failing hosts with that label; as %, of the hosts with it
// A percentage is of all hosts that were to be probed, but where said otherwise.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

enum class Measure : std::uint8_t {
  failing,
  unreachable,
  reachable,
  degraded,
  unknown,
  fresh,  ///< written "new"
  recovered,
  flapping,
  key_changed,
  software_changed,
  added,
  removed,
  dark_subnets,
  certificate_days,
  certificate_bad,
  sshfp_mismatch,
  sshfp_missing,
  in_class,
  subnet_max_failing,
  label_failing,
  partial,
  vantage_failing,
};

enum class Comparator : std::uint8_t { above, at_least, below, at_most, equal, different };

struct Condition {
  std::string text = "failing > 0";  ///< as it is shown: its words, with single spaces
  Measure measure = Measure::failing;
  probe::Outcome outcome = probe::Outcome::ok;  ///< for in_class
  std::string label = {};  ///< for label_failing: "key=value"; for vantage_failing: its name
  Comparator comparator = Comparator::above;
  double limit = 0;
  bool percent = false;

  [[nodiscard]] bool holds(double value) const;
};

/// Whether the measure is known only in comparison with earlier runs.
[[nodiscard]] bool needs_history(Measure measure);

/// The measures as they are written; those with a name inside as "class.NAME".
[[nodiscard]] std::vector<std::string> measure_names();

/// Reads one expression. An error names --fail-if as its source, the column, and the nearest name.
[[nodiscard]] std::variant<Condition, InputError> parse_condition(std::string_view text);

}  // namespace fleetscan::summary
