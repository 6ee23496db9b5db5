#pragma once
// The behaviors that a scenario can name, as one table.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tests/simulator/rule_options.h"
#include "tests/simulator/script.h"

namespace fleetscan::simulator {

struct Behavior {
  /// Who carries it out.
  enum class By : std::uint8_t {
    script,      ///< the connection's script
    syn_filter,  ///< no connection comes about: SYNs vanish before the listener sees them
    absence,     ///< nobody listens: possible only for a port of ::1
  };
  std::string_view name;
  std::string_view summary;  ///< one phrase for the help
  std::string_view keys;     ///< own keys, with spaces; "server" stands for all that describe one
  std::function<Script(const RuleOptions&, const std::shared_ptr<const Server>&)> build;
  By by = By::script;
};

[[nodiscard]] std::span<const Behavior> behaviors();
[[nodiscard]] const Behavior* find_behavior(std::string_view name);

/// Whether a rule with this behavior may have that key.
[[nodiscard]] bool takes(const Behavior& behavior, std::string_view key);

/// The behavior's script with the rule's modifiers applied.
[[nodiscard]] Script build_script(const Behavior& behavior, const RuleOptions& options,
                                  const std::shared_ptr<const Server>& server);

}  // namespace fleetscan::simulator
