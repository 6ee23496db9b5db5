#pragma once
// ResolverSettings: how a scan finds the addresses of its names.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.h"

namespace fleetscan::net {

/// Which families are asked for (`-4`, `-6`).
enum class Families : std::uint8_t { both, v4, v6 };

/// As getaddrinfo() and c-ares name them: AF_UNSPEC, AF_INET, AF_INET6.
[[nodiscard]] int family_of(Families families);

struct DnsServer {
  Address address;
  std::uint16_t port = 53;
};

struct ResolverSettings {
  bool system = false;  ///< ask getaddrinfo instead of name servers (`--resolver system`)
  Families families = Families::both;
  bool all_addresses = false;            ///< each is probed, not only the best
  std::optional<DnsServer> server = {};  ///< instead of those of /etc/resolv.conf
  std::size_t in_flight = 1000;          ///< names asked for at a time, at most
  /// How long names may fail without a single answer before the resolver itself is to blame.
  std::chrono::milliseconds dead_after{8000};
  /// How long a name is asked for again while no name server says anything.
  std::chrono::milliseconds patience{0};
};

}  // namespace fleetscan::net
