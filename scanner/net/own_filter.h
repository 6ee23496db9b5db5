#pragma once
// Detects whether this machine's own packet filter refused a connection in the target's name.

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/clock.h"
#include "scanner/probe/evidence.h"

namespace fleetscan::net {

/// For an attempt that was refused. An ICMP error that comes from our own address is our filter's,
/// unless it tells of a neighbor that could not be found, for which the kernel takes 3 s.
/// A RST bears the target's address whoever made it: so the same SYN is sent again, bound to the
/// loopback device, from where no packet reaches the target. If that is refused, too, the answer
/// was made here. Takes some 20 microseconds; no packet leaves this machine. Only IPv4 can be sent
/// that way: a RST of our own filter over IPv6 looks like the target's.
///
/// @param icmp  what ICMP said about the attempt, if it did
/// @param after  how long the attempt took
/// @return false as well for targets on this machine, which answer for themselves, and where the
///         system grants no such socket
[[nodiscard]] bool own_filter_answers(const Address& target, std::uint16_t port,
                                      const std::optional<probe::IcmpError>& icmp, Micros after);

}  // namespace fleetscan::net
