#include "scanner/net/own_networks.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"

namespace fleetscan::net {
namespace {

constexpr unsigned kWithoutNeighbors = IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP;

int length_of(const Address& mask) {
  const auto bytes = mask.bytes();
  const auto used = mask.is_v4() ? 4 : 16;
  int length = 0;
  for (int i = 0; i < used; ++i) length += std::popcount(bytes[static_cast<std::size_t>(i)]);
  return length;
}

std::optional<Prefix> network_of(const ifaddrs& one) {
  if (!one.ifa_addr || !one.ifa_netmask || (one.ifa_flags & kWithoutNeighbors) != 0)
    return std::nullopt;
  const auto address = Address::from_sockaddr(*one.ifa_addr);
  const auto mask = Address::from_sockaddr(*one.ifa_netmask);
  if (!address || !mask) return std::nullopt;
  return Prefix(*address, length_of(*mask));
}

std::vector<Prefix> read_networks() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(all, &::freeifaddrs);
  std::vector<Prefix> networks;
  for (const auto* one = all; one; one = one->ifa_next)
    if (const auto network = network_of(*one)) networks.push_back(*network);
  return networks;
}

}  // namespace

const std::vector<Prefix>& own_networks() {
  static const auto kNetworks = read_networks();
  return kNetworks;
}

bool is_on_link(const Address& address) {
  return std::ranges::any_of(own_networks(),
                             [&](const Prefix& network) { return network.contains(address); });
}

}  // namespace fleetscan::net
