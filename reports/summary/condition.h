#pragma once
// The expressions of `--fail-if`: what a run must not show if it is to pass.
//
//     MEASURE  >|>=|<|<=|==|!=  NUMBER[%]
//
// MEASURE is one of
//     failing                  unreachable hosts that the baseline does not accept
//     unreachable              all of them
//     reachable  degraded  unknown          hosts in that state
//     new  recovered           against the history, or else (new) against the baseline
//     class.NAME               hosts in that class that the baseline does not accept
//     subnet.max_failing       failing hosts of the worst /24 or /64; as %, of that subnet's hosts
//     label.KEY=VALUE.failing  failing hosts with that label; as %, of the hosts with it
// A percentage is of all hosts that were to be probed, but where said otherwise.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

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
  in_class,
  subnet_max_failing,
  label_failing,
};

enum class Comparator : std::uint8_t { above, at_least, below, at_most, equal, different };

struct Condition {
  std::string text = "failing > 0";  ///< as it is shown: its words, with single spaces
  Measure measure = Measure::failing;
  probe::Outcome outcome = probe::Outcome::ok;  ///< for in_class
  std::string label = {};                       ///< for label_failing: "key=value"
  Comparator comparator = Comparator::above;
  double limit = 0;
  bool percent = false;

  [[nodiscard]] bool holds(double value) const;
};

/// Reads one expression. An error names --fail-if as its source, the column, and the nearest name.
[[nodiscard]] std::variant<Condition, InputError> parse_condition(std::string_view text);

}  // namespace fleetscan::summary
