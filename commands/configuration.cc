#include "commands/configuration.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleetscan::commands {

ConfigChoice config_choice(const std::vector<std::string>& arguments) {
  constexpr std::string_view kOption = "--config";
  ConfigChoice choice;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const auto& word = arguments[i];
    if (word == "--no-config") choice.none = true;
    if (word == kOption && i + 1 < arguments.size()) choice.file = arguments[i + 1];
    if (word.starts_with("--config=")) choice.file = word.substr(kOption.size() + 1);
  }
  return choice;
}

std::string environment_name(std::string_view option) {
  std::string name = "FLEETSCAN_";
  for (const char c : option)
    name += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

ConfigLayer parse_config(const std::string& text, const std::string& origin) {
  ConfigLayer layer{origin, {}};
  std::istringstream stream(text);
  for (auto& item : CLI::ConfigTOML().from_config(stream))
    if (item.name != "++" && item.name != "--")  // begin and end of a section
      layer.settings.push_back({std::move(item.name), std::move(item.inputs)});
  return layer;
}

std::vector<ConfigLayer> environment_layers(
    const std::vector<std::string>& options,
    const std::function<std::optional<std::string>(const std::string&)>& get) {
  std::vector<ConfigLayer> layers;
  for (const auto& option : options) {
    const auto name = environment_name(option);
    if (auto value = get(name)) layers.push_back({name, {{option, {std::move(*value)}}}});
  }
  return layers;
}

}  // namespace fleetscan::commands
