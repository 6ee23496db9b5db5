#pragma once
// Special addresses: those that stand for another, and those that no host can have.

#include <optional>
#include <string_view>

#include "base/address.h"

namespace fleetscan {

/// Where a connection to `address` goes: the IPv4 address in an IPv4-mapped one (RFC 4291 section
/// 2.5.5.2), this machine's loopback address for an unspecified one (0.0.0.0 and ::, as Linux does
/// it); any other address itself.
[[nodiscard]] Address destination(const Address& address);

/// 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const Address& address);

/// What an address is that the DNS cannot mean, as no other host can have it, or none that a name
/// may stand for (RFC 6890, RFC 3927 section 2.11, RFC 4472 section 2.1): "a multicast address",
/// "a cloud's metadata address"; nothing for all others. IPv4-mapped ones are what they hold.
[[nodiscard]] std::optional<std::string_view> no_hosts_address(const Address& address);

/// In 198.18.0.0/15, which is for benchmarks (RFC 2544) and which proxies that answer DNS queries
/// themselves hand out in place of a name's real address.
[[nodiscard]] bool is_stand_in(const Address& address);

}  // namespace fleetscan
