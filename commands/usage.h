#pragma once
// What is said about a command line that cannot be used.

#include <CLI/App.hpp>
#include <string>
#include <string_view>

#include "commands/instead.h"

namespace fleetscan::commands {

/// What is wrong with the words that `app` did not know, with a guess at what was meant.
/// REQUIRES: there are such words
[[nodiscard]] std::string unknown_words(const CLI::App& app);

/// @param program  "fleetscan", or "fleetscan report"
/// @param fault  what is wrong; printable
[[nodiscard]] Instead usage_error(std::string_view program, std::string_view fault);

}  // namespace fleetscan::commands
