#pragma once
// SocketWatch reports which of many sockets are ready.

#include <uv.h>

#include <cstdint>
#include <functional>

#include "base/file_descriptor.h"
#include "scanner/net/uv_handle.h"

namespace fleetscan::net {

/// An epoll instance of our own, which the loop watches by its one descriptor: a socket then costs
/// one system call to watch and none to let go, where a libuv handle for each costs six.
///
/// Edge-triggered: what is reported once is not reported again until something new happens, or
/// report_again() asks for it. Closing a descriptor ends its watch. Does not keep the loop alive.
class SocketWatch {
 public:
  /// @param id      whom it was added for; may have been added again, or closed, since
  /// @param events  EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP
  using OnEvents = std::function<void(std::uint64_t id, std::uint32_t events)>;

  /// @throws std::system_error when the system gives no descriptor
  SocketWatch(uv_loop_t& loop, OnEvents on_events);
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  /// @return 0, or the errno that kept it from being watched
  [[nodiscard]] int add(int descriptor, std::uint64_t id);
  /// Reports what still holds once more, in the loop's next turn. REQUIRES: it was added
  void report_again(int descriptor, std::uint64_t id);

 private:
  void report();
  int control(int operation, int descriptor, std::uint64_t id);

  OnEvents on_events_;
  FileDescriptor epoll_;
  UvHandle<uv_poll_t> poll_;  // last member: lets go of the descriptor before it is closed
};

}  // namespace fleetscan::net
