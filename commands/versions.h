#pragma once
// The text of `fleetscan --version`.

#include <string>

namespace fleetscan::commands {

/// The program's version and how it was built, then every library: the one that is running where
/// it can be asked, else the one that was compiled in.
[[nodiscard]] std::string versions();

}  // namespace fleetscan::commands
