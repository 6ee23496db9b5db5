#include "scanner/net/socket_watch.h"

#include <sys/epoll.h>
#include <uv.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

#include "scanner/net/uv_handle.h"

namespace fleetscan::net {
namespace {

constexpr std::size_t kBatch = 256;
// Batches in one turn of the loop, whose timers wait meanwhile.
constexpr int kMaxBatches = 64;

}  // namespace

SocketWatch::SocketWatch(uv_loop_t& loop, OnEvents on_events)
    : on_events_(std::move(on_events)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      poll_(epoll_ ? make_poll(loop, this, epoll_.number()) : nullptr) {
  if (!poll_) throw std::system_error(errno, std::generic_category(), "cannot watch sockets");
  uv_poll_start(poll_.get(), UV_READABLE, on<&SocketWatch::report>);
  uv_unref(reinterpret_cast<uv_handle_t*>(poll_.get()));
}

int SocketWatch::add(int descriptor, std::uint64_t id) {
  return control(EPOLL_CTL_ADD, descriptor, id);
}

void SocketWatch::report_again(int descriptor, std::uint64_t id) {
  control(EPOLL_CTL_MOD, descriptor, id);
}

int SocketWatch::control(int operation, int descriptor, std::uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = id;
  return epoll_ctl(epoll_.number(), operation, descriptor, &event) == 0 ? 0 : errno;
}

void SocketWatch::report() {
  std::array<epoll_event, kBatch> events;
  for (int batch = 0; batch < kMaxBatches; ++batch) {
    const int count = epoll_wait(epoll_.number(), events.data(), kBatch, 0);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      on_events_(event.data.u64, event.events);
    }
    if (count < static_cast<int>(kBatch)) return;
  }
}

}  // namespace fleetscan::net
