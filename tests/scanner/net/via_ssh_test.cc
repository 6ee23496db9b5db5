#include "scanner/net/via_ssh.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "base/passed_descriptor.h"
#include "scanner/net/worker.h"
#include "scanner/ssh/wire.h"
#include "tests/support/loop.h"
#include "tests/support/mux_messages.h"

using namespace fleetscan;
using namespace fleetscan::net;
using namespace fleetscan::probe;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kBanner = "SSH-2.0-Test\r\n";

std::pair<int, int> socket_pair(int type) {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) == 0);
  return {ends[0], ends[1]};
}

/// Of which our end does not block.
std::pair<int, int> connection() {
  const auto ends = socket_pair(SOCK_STREAM);
  fcntl(ends.first, F_SETFL, O_NONBLOCK);
  return ends;
}

/// Stands in for ssh and the bastion behind it, in a thread of its own: the port that is asked for
/// says what becomes of it. Ends with the connection, or by a port 666.
class FakeSsh {
 public:
  enum Port : std::uint16_t {
    fine = 1,
    refusing,
    forbidden,
    closing,
    silent,
    pending,
    dying = 666
  };

  explicit FakeSsh(int connection, bool answers_pings = true)
      : stream_(connection), answers_pings_(answers_pings), thread_([this] { serve(); }) {}
  ~FakeSsh() {
    shutdown(stream_.number(), SHUT_RDWR);
    thread_.join();
  }
  [[nodiscard]] int opened() {
    shutdown(stream_.number(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([] {});
    return opened_;
  }

 private:
  void serve() {
    say(test::mux_greeting());
    static_cast<void>(next());  // a greeting
    static_cast<void>(next());  // the question
    while (const auto message = next())
      if (!answer(*message)) break;
    shutdown(stream_.number(), SHUT_RDWR);
  }

  std::optional<std::string> next() {
    std::array<char, 4096> space;
    while (true) {
      ssh::WireReader reader(received_);
      if (const auto whole = reader.string()) {
        std::string message(*whole);
        received_.erase(0, 4 + message.size());
        return message;
      }
      const auto count = ::read(stream_.number(), space.data(), space.size());
      if (count <= 0) return std::nullopt;
      received_.append(space.data(), static_cast<std::size_t>(count));
    }
  }

  bool answer(std::string_view message) {
    ssh::WireReader reader(message.substr(1));
    if (reader.byte() != 90) return true;
    const auto type = reader.string();
    const auto id = reader.uint32().value();
    reader.skip(8);
    if (type != "direct-tcpip") {
      if (answers_pings_) say(test::refused(id, 3, "unknown channel type"));
      return true;
    }
    ++opened_;
    static_cast<void>(reader.string());
    switch (static_cast<Port>(reader.uint32().value())) {
      case fine: say(test::granted(id, id) + test::data(id, kBanner)); return true;
      case refusing: say(test::refused(id, 2, "Connection refused")); return true;
      case forbidden: say(test::refused(id, 1, "open failed")); return true;
      case closing: say(test::granted(id, id) + test::eof(id) + test::close(id)); return true;
      case silent: say(test::granted(id, id)); return true;
      case pending: return true;
      case dying: return false;
    }
    return true;
  }

  void say(const std::string& bytes) const {
    static_cast<void>(!::send(stream_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }

  FileDescriptor stream_;
  bool answers_pings_;
  std::string received_;
  int opened_ = 0;
  std::thread thread_;
};

ProbeSettings through(int connection, int keeper = -1) {
  ProbeSettings settings{.depth = Depth::banner, .connect_timeout = 2s, .banner_timeout = 2500ms};
  settings.proxy = std::make_shared<const proxy::Proxy>(
      proxy::Proxy{.kind = proxy::Kind::ssh, .connection = connection, .keeper = keeper});
  return settings;
}

/// Probes each of these ports and returns what was seen, by number.
std::map<std::uint64_t, Attempt> probe_all(const ProbeSettings& settings,
                                           const std::vector<std::uint16_t>& ports) {
  test::Loop loop;
  std::map<std::uint64_t, Attempt> attempts;
  Worker worker(loop.uv, settings, [&](std::uint64_t id, Attempt attempt, TimePoint) {
    CHECK(attempts.emplace(id, std::move(attempt)).second);
  });
  for (std::size_t i = 0; i < ports.size(); ++i)
    worker.start({.id = i, .name = "web01", .port = ports[i]});
  while (worker.in_flight() > 0) uv_run(&loop.uv, UV_RUN_ONCE);
  return attempts;
}

std::string class_of(const Attempt& attempt) { return std::string(to_string(attempt.outcome)); }

}  // namespace

TEST_CASE("ViaSsh: each target gets what the bastion says of it") {
  const auto [ours, theirs] = connection();
  FakeSsh ssh(theirs);
  const auto seen = probe_all(through(ours), {FakeSsh::fine, FakeSsh::refusing, FakeSsh::forbidden,
                                              FakeSsh::closing, FakeSsh::silent, FakeSsh::pending});
  const std::string expected[] = {"ok",
                                  "connect_refused",
                                  "proxy_refused",
                                  "banner_closed_late",
                                  "banner_silent",
                                  "connect_timeout"};
  REQUIRE(seen.size() == 6);
  for (const auto& [id, attempt] : seen) CHECK(class_of(attempt) == expected[id]);
  CHECK(seen.at(1).evidence.text == "Connection refused");
  CHECK(seen.at(1).evidence.proxy == proxy::Answer::refused);
  CHECK(seen.at(0).evidence.proxy == proxy::Answer::granted);
  CHECK_FALSE(seen.at(4).evidence.tcp_info);
}

TEST_CASE(
    "ViaSsh: a connection that ends takes all of its probes with it, and none is the hosts'") {
  const auto [ours, theirs] = connection();
  FakeSsh ssh(theirs);
  const auto seen =
      probe_all(through(ours), {FakeSsh::silent, FakeSsh::pending, FakeSsh::dying, FakeSsh::fine});
  REQUIRE(seen.size() == 4);
  for (const auto& [id, attempt] : seen) {
    CHECK(class_of(attempt) == "proxy_unreachable");
    CHECK(attempt.evidence.text == "the connection to the bastion has ended");
  }
}

TEST_CASE("ViaSsh: where there is no connection, each says why") {
  auto settings = through(-1);
  settings.proxy = std::make_shared<const proxy::Proxy>(
      proxy::Proxy{.kind = proxy::Kind::ssh, .trouble = "Permission denied"});
  const auto seen = probe_all(settings, {FakeSsh::fine, FakeSsh::fine});
  REQUIRE(seen.size() == 2);
  for (const auto& [id, attempt] : seen) {
    CHECK(class_of(attempt) == "proxy_unreachable");
    CHECK(attempt.evidence.text == "Permission denied");
  }
}

TEST_CASE("ViaSsh: silence is the target's only if the bastion gives a sign of life") {
  const auto [ours, theirs] = connection();
  FakeSsh ssh(theirs, false);
  const auto seen = probe_all(through(ours), {FakeSsh::silent, FakeSsh::pending});
  REQUIRE(seen.size() == 2);
  for (const auto& [id, attempt] : seen) CHECK(class_of(attempt) == "proxy_unreachable");
}

TEST_CASE("ViaSsh: another connection takes over before one is used up") {
  const auto ends = connection();
  const auto keeper = socket_pair(SOCK_SEQPACKET);
  FakeSsh first(ends.second);
  std::optional<FakeSsh> second;
  std::atomic<bool> dropped = false;
  std::thread keeping([&, maker = FileDescriptor(keeper.second)] {
    const auto asked = [&] {
      for (int i = 0; i < 30'000; ++i) {
        if (const auto passed = receive_passed(maker.number())) return passed->words;
        std::this_thread::sleep_for(1ms);
      }
      return std::string();
    };
    if (asked() != "another") return;
    const auto others = connection();
    second.emplace(others.second);
    pass(maker.number(), {FileDescriptor(others.first), "connected"});
    dropped = asked() == "drop";
  });
  const auto settings = through(ends.first, keeper.first);
  std::size_t begun = 0, refused = 0;
  {
    test::Loop loop;
    Worker* own = nullptr;
    const auto start = [&] {
      own->start({.id = begun++, .name = "web01", .port = FakeSsh::refusing});
    };
    Worker worker(loop.uv, settings, [&](std::uint64_t, const Attempt& attempt, TimePoint) {
      if (class_of(attempt) == "connect_refused") ++refused;
      if (!dropped && begun < 2 * SshLink::kMostRefused) start();
    });
    own = &worker;
    for (int i = 0; i < 50; ++i) start();
    while (worker.in_flight() > 0) uv_run(&loop.uv, UV_RUN_ONCE);
  }
  close(keeper.first);
  keeping.join();
  CHECK(dropped);
  CHECK(refused == begun);
  CHECK(first.opened() >= static_cast<int>(SshLink::kManyRefused));
  CHECK(first.opened() <= static_cast<int>(SshLink::kMostRefused));
  REQUIRE(second);
  CHECK(first.opened() + second->opened() == static_cast<int>(begun));
}
