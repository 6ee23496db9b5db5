#pragma once
// What a command line leads to when no command runs.

#include <string>

namespace fleetscan::commands {

inline constexpr int kExitUsage = 2;  ///< nothing was probed

/// What to say instead of running, and with which exit status.
struct Instead {
  int status = 0;  ///< 0: `text` is for standard output; kExitUsage: for standard error
  std::string text;
};

}  // namespace fleetscan::commands
