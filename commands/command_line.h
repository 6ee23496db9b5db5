#pragma once
// Parses a command line into Options. Nothing here reads a file, the environment or a clock.

#include <string>
#include <variant>
#include <vector>

#include "commands/configuration.h"
#include "commands/options.h"
#include "commands/usage.h"

namespace fleetscan::commands {

/// Asked for by `--version`; the caller knows the libraries.
struct ShowVersion {};

/// @param arguments  without the program's name
/// @param layers  further settings, the strongest first. One that a stronger place has set is
///     ignored there, but for what is excluded: exclusions add up.
[[nodiscard]] std::variant<Options, Instead, ShowVersion> parse_options(
    const std::vector<std::string>& arguments, const std::vector<ConfigLayer>& layers = {});

/// The long names of all options, but for those that only a command line can give.
[[nodiscard]] std::vector<std::string> option_names();

}  // namespace fleetscan::commands
