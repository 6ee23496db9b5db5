#include "commands/configuration_files.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/text_file.h"
#include "commands/command_line.h"
#include "commands/configuration.h"

namespace fleetscan::commands {
namespace {

constexpr const char* kName = "fleetscan/config.toml";

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) return std::nullopt;
  return value;
}

/// Whether any variable is ours: it is quicker to look than to name all options.
bool environment_speaks_to_us() {
  const auto ours = environment_name("");
  for (char** variable = environ; *variable; ++variable)
    if (std::string_view(*variable).starts_with(ours)) return true;
  return false;
}

std::vector<std::string> usual_files() {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  // XDG Base Directory Specification: a relative path is to be ignored.
  const auto base = environment("XDG_CONFIG_HOME");
  const auto home = environment("HOME");
  if (base && fs::path(*base).is_absolute())
    files.push_back(fs::path(*base) / kName);
  else if (home && fs::path(*home).is_absolute())
    files.push_back(fs::path(*home) / ".config" / kName);
  files.push_back(fs::path("/etc") / kName);
  std::erase_if(files, [](const auto& file) { return kind_of_path(file) == PathKind::missing; });
  return files;
}

}  // namespace

std::vector<ConfigLayer> config_layers(const std::vector<std::string>& arguments) {
  std::vector<ConfigLayer> layers;
  if (environment_speaks_to_us()) layers = environment_layers(option_names(), environment);
  auto choice = config_choice(arguments);
  if (choice.none) return layers;
  if (!choice.file) choice.file = environment(environment_name("config"));
  for (const auto& path : choice.file ? std::vector{*choice.file} : usual_files()) {
    const auto text = read_text(path, "a configuration");
    if (const auto* error = std::get_if<InputError>(&text))
      throw std::runtime_error("the configuration " + excerpt(path) + " " + error->remedy);
    layers.push_back(parse_config(std::get<std::string>(text), path));
  }
  return layers;
}

}  // namespace fleetscan::commands
