// epoll_floor: the least that any scanner must do per host: connect, read one line, close.

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "tests/perf/figures.h"

namespace fleetscan::perf {
namespace {

constexpr int kPatience = 30000;  // ms without any event

/// Begins to connect to the next host; false if that failed at once.
bool begin(int epoll, const Arguments& arguments, std::uint32_t index) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const auto name = target(arguments, index);
  // The connection is up by the time that anything can be read: no need to wait for it.
  (void)connect(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0;
}

void run(const Arguments& arguments) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::array<epoll_event, 512> events{};
  std::array<char, 4096> buffer{};
  std::uint32_t started = 0, in_flight = 0, reached = 0;
  const Stopwatch stopwatch;
  for (;;) {
    for (; in_flight < arguments.concurrency && started < arguments.count; ++started) {
      if (begin(epoll, arguments, started)) ++in_flight;
    }
    if (in_flight == 0) break;
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), kPatience);
    if (count <= 0) break;
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      const auto got = recv(socket, buffer.data(), buffer.size(), 0);
      const bool line =
          got > 0 && std::memchr(buffer.data(), '\n', static_cast<std::size_t>(got)) != nullptr;
      if (got > 0 && !line) continue;
      if (line) ++reached;
      close(socket);
      --in_flight;
    }
  }
  std::puts(stopwatch.figures("epoll floor", reached, arguments.count).c_str());
  close(epoll);
}

}  // namespace
}  // namespace fleetscan::perf

int main(int argc, char** argv) {
  const auto arguments = fleetscan::perf::parse_arguments(argc, argv);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  fleetscan::perf::run(arguments);
}
