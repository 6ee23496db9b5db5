#pragma once
// `fleetscan doctor`: the check that a failing host makes on itself.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// Prints the script, or becomes the shell that runs it.
/// @param arguments  those behind the word "doctor"
/// @return the exit status; does not return from a script that runs
[[nodiscard]] int run_doctor(std::vector<std::string> arguments);

}  // namespace fleetscan::commands
