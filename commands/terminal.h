#pragma once
// Detects what a stream is connected to, and so what may be written to it.

#include <cstddef>

#include "commands/options.h"

namespace fleetscan::commands {

struct Terminal {
  bool interactive = false;  ///< a terminal that can redraw a line, and no CI job's log
  bool color = false;
  bool unicode = false;   ///< the locale's encoding is UTF-8
  std::size_t width = 0;  ///< 0: no terminal
};

/// Looks at file descriptor `fd`. Color is decided by, in this order: the flag, NO_COLOR,
/// FORCE_COLOR or CLICOLOR_FORCE, and whether it is a terminal that is not "dumb".
[[nodiscard]] Terminal look_at(int fd, Color flag);

}  // namespace fleetscan::commands
