#pragma once
// Another account than root for a scan that root started (`--user NAME`).

#include <string>

namespace fleetscan::commands {

/// Becomes `name` for good, with its groups and without any capability. Whoever is that account
/// already stays it. Call it before there are threads.
/// @return why not; empty if done
[[nodiscard]] std::string become(const std::string& name);

}  // namespace fleetscan::commands
