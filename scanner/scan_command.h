#pragma once
// `fleetscan TARGETS...` and `fleetscan targets TARGETS...`, from options to exit status.

#include "scanner/options.h"

namespace fleetscan {

// Exit statuses beside those of the gate (0, 1, 3).
inline constexpr int kExitUsage = 2;      ///< nothing was probed
inline constexpr int kExitUndecided = 3;  ///< also when another scan has the lock
inline constexpr int kExitOutput = 4;     ///< an output could not be written

/// Scans, writes all outputs, prints the summary. Says on standard error what is wrong.
/// @param version  of fleetscan
[[nodiscard]] int run_scan(Options options, const std::string& version);

/// Prints one `host:port` a line. Sends no packet.
[[nodiscard]] int list_targets(Options options);

}  // namespace fleetscan
