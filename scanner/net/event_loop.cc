#include "scanner/net/event_loop.h"

#include <uv.h>

#include <system_error>

namespace fleetscan::net {

EventLoop::EventLoop() {
  const int status = uv_loop_init(&loop_);
  if (status < 0) throw std::system_error(-status, std::generic_category(), "cannot start a loop");
}

EventLoop::~EventLoop() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

}  // namespace fleetscan::net
