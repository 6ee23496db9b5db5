// Measures how fast names are resolved, by a name server on loopback that answers each question
// after a delay. Prints one line; ends with 1 if a name has another answer than it should.
//   names_bench NAMES DELAY_MS [IN_FLIGHT]

#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "scanner/net/event_loop.h"
#include "scanner/net/resolver.h"
#include "tests/support/dns_server.h"

namespace {

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::net;
using Clock = std::chrono::steady_clock;

/// "host123.test" is at 127.0.0.0 + 123.
Address address_of(std::uint64_t number) {
  return *Address::parse(
      fmt::format("127.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255));
}

/// A name server with a loop and a thread of its own.
class ServerThread {
 public:
  explicit ServerThread(std::chrono::milliseconds delay) {
    std::atomic<bool> ready = false;
    thread_ = std::thread([&, delay] {
      EventLoop loop;
      test::DnsServer server(
          loop.uv(),
          [](const std::string& name) {
            return test::DnsReply{.addresses = {address_of(std::stoull(name.substr(4)))}};
          },
          delay);
      const auto stop = make_handle<uv_async_t>(loop.uv(), this, [](uv_loop_t* uv, uv_async_t* a) {
        return uv_async_init(uv, a, [](uv_async_t* async) { uv_stop(async->loop); });
      });
      stop_ = stop.get();
      port_ = server.port();
      ready = true;
      ready.notify_one();
      uv_run(&loop.uv(), UV_RUN_DEFAULT);
    });
    ready.wait(false);
  }
  ~ServerThread() {
    uv_async_send(stop_);
    thread_.join();
  }
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  uv_async_t* stop_ = nullptr;
  std::thread thread_;
};

double cpu_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return fmt::print(stderr, "usage: names_bench NAMES DELAY_MS [IN_FLIGHT]\n"), 2;
  const auto names = std::stoull(argv[1]);
  const ServerThread server(std::chrono::milliseconds(std::stoi(argv[2])));
  EventLoop loop;
  ResolverSettings settings;
  if (argc > 3) settings.in_flight = std::stoull(argv[3]);
  settings.server = DnsServer{*Address::parse("127.0.0.1"), server.port()};
  std::uint64_t right = 0, answered = 0;
  const auto cpu = cpu_of_this_thread();
  const auto start = Clock::now();
  Resolver resolver(loop.uv(), settings, [&](std::uint64_t id, const Resolution& resolution) {
    right += resolution.outcome == Outcome::ok && resolution.addresses.front() == address_of(id);
    ++answered;
  });
  for (std::uint64_t id = 0; id < names; ++id) resolver.look_up(id, fmt::format("host{}.test", id));
  while (answered < names && uv_run(&loop.uv(), UV_RUN_ONCE) != 0) {
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  fmt::print("{} names, {} right: {:.2f} s, {:.1f} us of CPU a name\n", names, right, took.count(),
             (cpu_of_this_thread() - cpu) / static_cast<double>(names) * 1e6);
  return right == names ? 0 : 1;
}
