#include "scanner/net/socket.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "scanner/probe/evidence.h"

namespace fleetscan::net {
namespace {

/// @param data  a sock_extended_err; the sockaddr of whoever reported it may follow
Socket::QueuedError read_error(const unsigned char* data, std::size_t size) {
  sock_extended_err error{};
  std::memcpy(&error, data, sizeof error);
  Socket::QueuedError found{static_cast<int>(error.ee_errno)};
  const bool icmp = error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
  if (!icmp) return found;
  sockaddr_storage from{};
  std::memcpy(&from, data + sizeof error, std::min(sizeof from, size - sizeof error));
  const auto address = Address::from_sockaddr(reinterpret_cast<const sockaddr&>(from));
  if (address) found.icmp = probe::IcmpError{error.ee_type, error.ee_code, *address};
  return found;
}

}  // namespace

int Socket::open(const Address& address) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  descriptor_ = FileDescriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return descriptor_ ? 0 : errno;
}

int Socket::connect(const Address& address, std::uint16_t port, bool clamp_mss) {
  if (const int error = open(address); error != 0) return error;
  // ICMP errors about a connection that is up are hidden without this. Evidence only: a kernel
  // that refuses it costs nothing else.
  const int on = 1;
  if (address.is_v4())
    setsockopt(descriptor(), IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  else
    setsockopt(descriptor(), IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  if (clamp_mss)
    setsockopt(descriptor(), IPPROTO_TCP, TCP_MAXSEG, &kClampedMss, sizeof kClampedMss);
  return begin(address, port);
}

int Socket::connect_on_loopback(const Address& address, std::uint16_t port) {
  if (const int error = open(address); error != 0) return error;
  constexpr std::string_view kDevice = "lo";
  if (setsockopt(descriptor(), SOL_SOCKET, SO_BINDTODEVICE, kDevice.data(), kDevice.size()) != 0)
    return errno;
  return begin(address, port);
}

int Socket::begin(const Address& address, std::uint16_t port) const {
  sockaddr_storage peer{};
  const auto length = address.to_sockaddr(port, peer);
  if (::connect(descriptor(), reinterpret_cast<const sockaddr*>(&peer), length) == 0) return 0;
  return errno == EINPROGRESS ? 0 : errno;
}

int Socket::take_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

std::optional<Socket::QueuedError> Socket::take_queued_error() const {
  alignas(cmsghdr) std::array<char, 512> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(descriptor(), &message, MSG_ERRQUEUE) < 0) return std::nullopt;
  for (auto* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) continue;
    return read_error(CMSG_DATA(part), part->cmsg_len - CMSG_LEN(0));
  }
  return QueuedError{};
}

Socket::Count Socket::receive(char* space, std::size_t size) const {
  const auto count = recv(descriptor(), space, size, 0);
  if (count < 0) return {0, errno};
  return {static_cast<std::size_t>(count), 0};
}

Socket::Count Socket::send(std::string_view bytes) const {
  const auto count = ::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count < 0) return {0, errno};
  return {static_cast<std::size_t>(count), 0};
}

}  // namespace fleetscan::net
