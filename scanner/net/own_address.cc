#include "scanner/net/own_address.h"

#include <sys/socket.h>

#include <optional>

#include "base/address.h"
#include "base/file_descriptor.h"

namespace fleetscan::net {

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

}  // namespace fleetscan::net
