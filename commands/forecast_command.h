#pragma once
// `fleetscan forecast`: which clients can still connect to the hosts of results files.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// @param arguments  without "forecast"
/// @return 0 written, 1 a condition of --fail-if holds, 2 not read, 4 an output
///     could not be written
[[nodiscard]] int run_forecast(std::vector<std::string> arguments);

}  // namespace fleetscan::commands
