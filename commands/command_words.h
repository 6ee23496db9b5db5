#pragma once
// Finds the command that a command line asks for, wherever its name stands among the options: to
// take the name for a host would turn a dry listing into a scan.

#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::commands {

struct CommandWords {
  std::string_view command;       ///< one of kSubcommands; "" where none is named
  std::vector<std::string> rest;  ///< all other words, in their order
};

/// The command is the first word that is a subcommand's name and neither an option nor the value of
/// one. Which options have values the declarations of all commands tell. What follows "--" names no
/// command.
[[nodiscard]] CommandWords find_command(const std::vector<std::string>& arguments);

/// Whether `word` is a subcommand's name, and therefore never a host.
[[nodiscard]] bool is_command(std::string_view word);

}  // namespace fleetscan::commands
