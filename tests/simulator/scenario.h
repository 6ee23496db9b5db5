#pragma once
// Which simulated host behaves how: the scenario file.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"
#include "tests/simulator/behavior.h"
#include "tests/simulator/rule_options.h"
#include "tests/simulator/script.h"

namespace fleetscan::simulator {

struct Rule {
  Prefix prefix;           ///< of the destination address
  std::uint16_t port = 0;  ///< for ::1 only; 0 = every port
  const Behavior* behavior = nullptr;
  RuleOptions options;
  Script script;   ///< empty unless the behavior is carried out by a script
  Script failing;  ///< of the first options.fail_first connections
  Script healthy;  ///< where chance says so, see options.probability
  int line = 0;
};

class Scenario {
 public:
  /// One rule a line: "PREFIX behavior [key=value ...]" or "[::1]:PORT behavior ...". '#' begins
  /// a comment; "double quotes" keep blanks, and know \\ \" \r \n \t \0 \xHH.
  /// @param name  goes before each error.
  /// Not to be called by two threads at once: host keys are made once for all scenarios.
  static Scenario parse(std::string_view text, std::string_view name);

  /// "file:line: what is wrong; remedy", in the order of the lines; empty if all is well.
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

  /// Longest prefix first. The last one is for all of IPv4: healthy, unless the file says
  /// otherwise.
  [[nodiscard]] const std::vector<std::unique_ptr<const Rule>>& rules() const { return rules_; }
  [[nodiscard]] const Rule& find(const Address& address, std::uint16_t port) const;

  /// The ports of ::1 that have rules.
  [[nodiscard]] std::vector<std::uint16_t> v6_ports() const;

  /// What the connection does that is the `nth` (0-based) to its address.
  /// @param chance  uniform in [0, 1)
  [[nodiscard]] static const Script& script_for(const Rule& rule, std::uint64_t nth, double chance);

 private:
  std::vector<std::unique_ptr<const Rule>> rules_;
  std::vector<std::string> errors_;
};

/// Splits a line into words; nothing if a quote is not closed or an escape is unknown.
[[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view line);

}  // namespace fleetscan::simulator
