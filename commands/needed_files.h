#pragma once
// Which files a scan still needs once its inventory is read and its outputs are open.

#include "commands/confinement.h"
#include "commands/options.h"

namespace fleetscan::commands {

/// @param output_dir  as the options had it, before a run's folder was made in it
[[nodiscard]] NeededFiles needed_files(const Options& options, const std::string& output_dir);

}  // namespace fleetscan::commands
