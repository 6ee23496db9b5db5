#pragma once
// `fleetscan compare`: what differs between runs or vantages.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// @param arguments  without "compare"
/// @return 0 the same, 1 different, 2 not compared, 4 an output could not be written
[[nodiscard]] int run_compare(std::vector<std::string> arguments);

}  // namespace fleetscan::commands
