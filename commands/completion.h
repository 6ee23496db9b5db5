#pragma once
// Generates shell completions from the option table.

#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::commands {

/// A script for "bash", "zsh" or "fish", to be read by the shell itself; nothing for another one.
[[nodiscard]] std::optional<std::string> completion(std::string_view shell);

}  // namespace fleetscan::commands
