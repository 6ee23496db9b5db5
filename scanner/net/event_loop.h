#pragma once
// EventLoop owns a libuv loop.

#include <uv.h>

namespace fleetscan::net {

/// Declare it before everything that lives on it: what was closed by then gets its close callbacks
/// at the end.
class EventLoop {
 public:
  /// Throws std::system_error when the system gives no loop.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  [[nodiscard]] uv_loop_t& uv() { return loop_; }

 private:
  uv_loop_t loop_;
};

}  // namespace fleetscan::net
