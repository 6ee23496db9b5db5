#pragma once
// Reads hosts(5): an address, and the names of the host that has it.

#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Hands over each host by its first name, with its address behind it. Loopback, multicast and
/// unspecified addresses are no hosts to reach.
void parse_etc_hosts(std::string_view text, const std::string& source, const EntrySink& sink,
                     InputErrors& errors);

/// Whether the line is an address with a name behind it: no list of hosts begins so.
[[nodiscard]] bool is_etc_hosts_line(std::string_view line);

}  // namespace fleetscan::inventory
