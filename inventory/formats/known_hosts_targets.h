#pragma once
// Reads known_hosts files as inventories: the hosts that they name.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Names that are no targets.
struct KnownHostsLeftOut {
  std::uint64_t hashed = 0;    ///< they cannot be read
  std::uint64_t patterns = 0;  ///< with wildcards or negation
};

/// Hands over each name of each line, "[name]:port" with its port; an address only where its line
/// has no name, for it stands for the same host. Lines with a marker name no hosts.
KnownHostsLeftOut known_hosts_targets(std::string_view text, const std::string& source,
                                      const EntrySink& sink, InputErrors& errors);

}  // namespace fleetscan::inventory
