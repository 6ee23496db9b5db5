#pragma once
// The networks that this machine is on: whom it reaches by asking for a neighbor, not by a router.

#include <vector>

#include "base/address.h"
#include "base/prefix.h"

namespace fleetscan::net {

/// The prefixes of the interfaces on which neighbors are looked up (ARP, neighbor discovery), as
/// they were at the first call. Empty where the system does not tell.
[[nodiscard]] const std::vector<Prefix>& own_networks();

[[nodiscard]] bool is_on_link(const Address& address);

}  // namespace fleetscan::net
