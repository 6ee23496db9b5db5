#pragma once
// Prints a command's messages, and defines the exit statuses.

#include <string>
#include <vector>

#include "base/input_error.h"
#include "commands/usage.h"

namespace fleetscan::commands {

/// One line on standard error, with the program's name before it.
/// @param text  printable
void say(const std::string& text);

/// Says all that is wrong with what was read.
void say(const InputErrors& errors);

/// Writes a page to standard output; where that is a terminal, wrapped at its width.
/// @throws std::system_error  if it cannot be written
void print_page(const std::string& text);

/// Says what a command line is answered with instead of being carried out.
/// @return the status to leave with
[[nodiscard]] int answer(const Instead& instead);

/// Says why outputs could not be written.
/// @return the status to leave with
[[nodiscard]] int leave_unwritten(const std::vector<std::string>& errors);

}  // namespace fleetscan::commands
