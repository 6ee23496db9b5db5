#pragma once
// `fleetscan keys`: the proved host keys of results files, for those who need them.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// @param arguments  without "keys"
/// @return 0 written, 1 written but keys are missing, 2 not read, 3 written but a run is
/// incomplete,
///     4 the output could not be written
[[nodiscard]] int run_keys(std::vector<std::string> arguments);

}  // namespace fleetscan::commands
