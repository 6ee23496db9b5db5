#pragma once
// `fleetscan merge RESULTS.jsonl... -o FILE`, from arguments to exit status.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// @param arguments  without "merge"
/// @return 0 complete, 3 written but something is missing, 2 nothing written, 4 cannot be written
[[nodiscard]] int run_merge(std::vector<std::string> arguments);

}  // namespace fleetscan::commands
