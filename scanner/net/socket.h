#pragma once
// Socket owns a TCP socket for one outgoing connection.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/file_descriptor.h"
#include "scanner/probe/evidence.h"

namespace fleetscan::net {

/// A TCP_MAXSEG that, with headers, is below the MTU of every usual tunnel (IPv6 asks for 1280).
inline constexpr int kClampedMss = 1000;

/// A non-blocking socket, none at first, closed with the object. Every call reports failure as an
/// errno.
class Socket {
 public:
  /// Opens a socket and starts to connect it.
  /// @return 0 when the handshake is under way; else an errno that no packet has caused, or
  ///         ECONNREFUSED and the like where the answer is already there.
  int connect(const Address& address, std::uint16_t port, bool clamp_mss);
  /// The same by way of the loopback device, whatever the address: no packet leaves this machine.
  int connect_on_loopback(const Address& address, std::uint16_t port);

  /// The socket's pending error, which this call clears; 0 if none.
  [[nodiscard]] int take_error() const;
  struct QueuedError {
    int error = 0;                              ///< errno that stands for it; 0 = none that we know
    std::optional<probe::IcmpError> icmp = {};  ///< if ICMP told of it
  };
  /// From the socket's error queue, oldest first; nothing when the queue is empty.
  [[nodiscard]] std::optional<QueuedError> take_queued_error() const;

  struct Count {
    std::size_t bytes = 0;
    int error = 0;  ///< EAGAIN: nothing now
  };
  [[nodiscard]] Count receive(char* space, std::size_t size) const;  ///< 0 bytes, 0 error: end
  [[nodiscard]] Count send(std::string_view bytes) const;

  [[nodiscard]] int descriptor() const { return descriptor_.number(); }

 private:
  int open(const Address& address);
  [[nodiscard]] int begin(const Address& address, std::uint16_t port) const;

  FileDescriptor descriptor_;
};

}  // namespace fleetscan::net
