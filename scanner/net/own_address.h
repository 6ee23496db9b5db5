#pragma once
// The address with which this machine appears to a target.

#include <optional>

#include "base/address.h"

namespace fleetscan::net {

/// As the routing table has it; nothing without a route, or without an address of that family.
/// Sends nothing.
[[nodiscard]] std::optional<Address> own_address(const Address& target);

}  // namespace fleetscan::net
