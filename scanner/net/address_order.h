#pragma once
// Which of a name's addresses to try first (RFC 6724 section 6).

#include <functional>
#include <optional>
#include <vector>

#include "base/address.h"

namespace fleetscan::net {

/// Sorts `addresses`, best first: rules 1, 2, 5, 6, 8 and 9 of RFC 6724, with the policy table of
/// its section 2.1. What ties stays in the order in which it came (rule 10). Whether a source
/// address is deprecated, temporary or a home address (rules 3, 4, 7) is not known here.
/// @param source_of  the address with which this machine appears to another; nothing if it has no
///                   route to it
void sort_by_preference(std::vector<Address>& addresses,
                        const std::function<std::optional<Address>(const Address&)>& source_of);

}  // namespace fleetscan::net
