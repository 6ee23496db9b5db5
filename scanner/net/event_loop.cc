#include "scanner/net/event_loop.h"

#include <unistd.h>
#include <uv.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include "base/file_descriptor.h"

namespace fleetscan::net {

namespace {

/// libuv aborts the process where its first loop gets no two pipes.
void require_descriptors() {
  std::array<std::array<int, 2>, 2> ends;
  std::array<FileDescriptor, 4> owned;
  for (std::size_t pipe = 0; pipe < ends.size(); ++pipe) {
    if (::pipe(ends[pipe].data()) < 0)
      throw std::system_error(errno, std::generic_category(), "cannot start a loop");
    owned[2 * pipe] = FileDescriptor(ends[pipe][0]);
    owned[2 * pipe + 1] = FileDescriptor(ends[pipe][1]);
  }
}

}  // namespace

EventLoop::EventLoop() {
  require_descriptors();
  const int status = uv_loop_init(&loop_);
  if (status < 0) throw std::system_error(-status, std::generic_category(), "cannot start a loop");
}

EventLoop::~EventLoop() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

}  // namespace fleetscan::net
