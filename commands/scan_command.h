#pragma once
// `fleetscan TARGETS...`, from options to exit status.

#include <string>

#include "commands/options.h"

namespace fleetscan::commands {

/// Scans, writes all outputs, prints the summary. Says on standard error what is wrong.
/// @param version  of fleetscan
[[nodiscard]] int run_scan(Options options, const std::string& version);

}  // namespace fleetscan::commands
