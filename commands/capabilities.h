#pragma once
// Gives up the capabilities of a superuser (capabilities(7)).

#include <string>
#include <vector>

namespace fleetscan::commands {

struct Capabilities {
  bool dropped = false;  ///< none is left, or just the one below
  std::string overridden_at =
      {};  ///< for which of the paths CAP_DAC_OVERRIDE was kept; empty: for none
};

/// Drops all capabilities of the calling thread and of all that it starts from now on, for good.
/// One is kept if needed: root that is to write into another account's folder, and may, can do so
/// with CAP_DAC_OVERRIDE alone.
/// @param written  folders and files that the rest of the run writes to; what does not exist is
///     passed over
[[nodiscard]] Capabilities drop_capabilities(const std::vector<std::string>& written);

}  // namespace fleetscan::commands
