#include "scanner/net/own_filter.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "scanner/net/socket.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"

namespace fleetscan::net {
namespace {

bool says_host_unreachable(const probe::IcmpError& icmp) {
  return icmp.from.is_v4() ? icmp.type == 3 && icmp.code == 1 : icmp.type == 1 && icmp.code == 3;
}

/// The address with which this machine appears to the target; nothing without a route.
std::optional<Address> own_address(const Address& target) {
  sockaddr_storage name{};
  const auto length = target.to_sockaddr(1, name);
  const FileDescriptor datagrams(::socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!datagrams) return std::nullopt;
  std::optional<Address> found;
  socklen_t size = sizeof name;
  // Connecting a datagram socket only chooses its route: nothing is sent.
  if (::connect(datagrams.number(), reinterpret_cast<const sockaddr*>(&name), length) == 0 &&
      getsockname(datagrams.number(), reinterpret_cast<sockaddr*>(&name), &size) == 0)
    found = Address::from_sockaddr(reinterpret_cast<const sockaddr&>(name));
  return found;
}

bool is_loopback(const Address& address) {
  return address.is_v4() ? address.bytes()[0] == 127 : address == *Address::parse("::1");
}

}  // namespace

bool own_filter_answers(const Address& target, std::uint16_t port,
                        const std::optional<probe::IcmpError>& icmp, Micros after) {
  const auto own = own_address(target);
  if (!own || *own == target || is_loopback(target)) return false;
  if (icmp)
    return icmp->from == *own && !(says_host_unreachable(*icmp) && after > probe::kNeighborFailure);
  Socket trial;
  // What a filter of ours refuses is refused before connect() comes back.
  const int error = trial.connect_on_loopback(target, port);
  return (error == 0 ? trial.take_error() : error) == ECONNREFUSED;
}

}  // namespace fleetscan::net
