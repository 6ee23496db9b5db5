#pragma once
// `fleetscan history`: queries the database that --history writes, imports
// results files, prunes it.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// @param arguments  without "history"
/// @return 0 done, 2 a wrong command line, file or name, 4 the file could not be written
[[nodiscard]] int run_history(std::vector<std::string> arguments);

}  // namespace fleetscan::commands
