#pragma once
// The program: from its arguments to its exit status.

namespace fleetscan::commands {

/// Runs the subcommand that the arguments name, a scan by default, and says what goes wrong.
/// @param count, words  as main() gets them
/// @return the status to leave with (base/exit_status.h)
[[nodiscard]] int run_program(int count, char** words);

}  // namespace fleetscan::commands
