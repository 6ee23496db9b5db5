#pragma once
// `fleetscan targets TARGETS...`: what a scan would probe, and what that would cost.

#include "commands/options.h"

namespace fleetscan::commands {

/// Prints one `host:port` a line, and with --verbose, as comments, what is left out and why; or
/// with
/// --plan the cost of a scan. Sends no packet and resolves nothing.
[[nodiscard]] int list_targets(Options options);

}  // namespace fleetscan::commands
