#pragma once
// The text of -h and --help.

#include <CLI/App.hpp>
#include <string>

namespace fleetscan::commands {

/// @param app  with its options in groups
/// @param whole  all there is; else the most used, on one screen
[[nodiscard]] std::string option_help(const CLI::App& app, bool whole);

}  // namespace fleetscan::commands
