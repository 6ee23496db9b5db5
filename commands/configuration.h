#pragma once
// Reads options from configuration files (TOML) and the environment.
//
// A key is an option's long name, its value is what would follow it on a command line: a word, a
// number, true, or a list for what may be repeated. `targets` are the TARGETS. The names of TOML
// sections have no meaning: [speed] is there for its reader.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::commands {

struct Setting {
  std::string name;  ///< "per-subnet"
  std::vector<std::string> values;
};

/// One place that settings come from.
struct ConfigLayer {
  std::string origin;  ///< "/etc/fleetscan/config.toml", "FLEETSCAN_RATE"
  std::vector<Setting> settings;
};

/// Which files the arguments ask for. Nothing else of them is looked at.
struct ConfigChoice {
  std::optional<std::string> file = {};  ///< this one in place of the usual ones
  bool none = false;
};
[[nodiscard]] ConfigChoice config_choice(const std::vector<std::string>& arguments);

/// The key of an option in the environment: "per-subnet" is FLEETSCAN_PER_SUBNET.
[[nodiscard]] std::string environment_name(std::string_view option);

/// Reads a configuration file's text. What its settings mean is found out later.
[[nodiscard]] ConfigLayer parse_config(const std::string& text, const std::string& origin);

/// The settings of the environment, each a layer with its variable's name.
/// @param get  nothing for a variable that is not set
[[nodiscard]] std::vector<ConfigLayer> environment_layers(
    const std::vector<std::string>& options,
    const std::function<std::optional<std::string>(const std::string&)>& get);

}  // namespace fleetscan::commands
