#pragma once
// How a scan that ended early can be finished.

#include <string>
#include <vector>

#include "commands/options.h"

namespace fleetscan::commands {

/// The command that finishes a scan, for a shell.
/// @param options  as the scan ran, output_dir being the folder of this run
/// @param results  its results files
[[nodiscard]] std::string resume_hint(const Options& options,
                                      const std::vector<std::string>& results);

/// `word` as a POSIX shell reads it.
[[nodiscard]] std::string shell_quoted(const std::string& word);

}  // namespace fleetscan::commands
