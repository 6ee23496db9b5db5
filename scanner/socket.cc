#include "scanner/socket.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace fleetscan {

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

int Socket::connect(const Address& address, std::uint16_t port, bool clamp_mss) {
  sockaddr_storage peer{};
  const auto length = address.to_sockaddr(port, peer);
  descriptor_ = ::socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return errno;

  // ICMP errors about a connection that is up are hidden without this. Evidence only: a kernel
  // that refuses it costs nothing else.
  const int on = 1;
  if (address.is_v4())
    setsockopt(descriptor_, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  else
    setsockopt(descriptor_, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  if (clamp_mss) setsockopt(descriptor_, IPPROTO_TCP, TCP_MAXSEG, &kClampedMss, sizeof kClampedMss);

  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&peer), length) == 0) return 0;
  return errno == EINPROGRESS ? 0 : errno;
}

int Socket::take_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

std::optional<int> Socket::take_icmp_error() const {
  alignas(cmsghdr) std::array<char, 512> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(descriptor_, &message, MSG_ERRQUEUE) < 0) return std::nullopt;
  for (auto* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) continue;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(part), sizeof error);
    return static_cast<int>(error.ee_errno);
  }
  return 0;
}

Socket::Count Socket::receive(char* space, std::size_t size) const {
  const auto count = recv(descriptor_, space, size, 0);
  if (count < 0) return {0, errno};
  return {static_cast<std::size_t>(count), 0};
}

Socket::Count Socket::send(std::string_view bytes) const {
  const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count < 0) return {0, errno};
  return {static_cast<std::size_t>(count), 0};
}

}  // namespace fleetscan
