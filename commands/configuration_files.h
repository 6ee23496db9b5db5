#pragma once
// Finds the settings on this machine: the environment, and the usual files or the one requested.

#include <string>
#include <vector>

#include "commands/configuration.h"

namespace fleetscan::commands {

/// The strongest first: FLEETSCAN_*, then --config FILE, or else
/// $XDG_CONFIG_HOME/fleetscan/config.toml
/// (~/.config if unset) and /etc/fleetscan/config.toml. The working directory is never looked at:
/// it may belong to what is being tested.
/// @throws std::runtime_error when the file asked for cannot be read
[[nodiscard]] std::vector<ConfigLayer> config_layers(const std::vector<std::string>& arguments);

}  // namespace fleetscan::commands
