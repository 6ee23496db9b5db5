#pragma once
// Words that are to name targets, and probably were meant for something else: found before anything
// is looked up.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// What is wrong with the first such word, with a remedy; empty if nothing is. Looks for files: at
/// the words themselves, and at names in the working directory.
/// @param words  targets, as they stand on a command line
[[nodiscard]] std::string mistaken_target(const std::vector<std::string>& words);

}  // namespace fleetscan::commands
