#include "scanner/net/socket_watch.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <vector>

#include "tests/support/loop.h"

using namespace fleetscan;
using namespace fleetscan::net;

namespace {

/// Two connected sockets: ours, which is watched, and the peer's.
struct Pair {
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    close_ours();
    ::close(ends[1]);
  }

  void close_ours() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  [[nodiscard]] int ours() const { return ends[0]; }
  void peer_says(std::string_view bytes) const {
    REQUIRE(::send(ends[1], bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  void peer_is_done() const { REQUIRE(shutdown(ends[1], SHUT_WR) == 0); }

  std::array<int, 2> ends{};
};

struct Fixture {
  Fixture() {
    uv_timer_start(
        something_else.get(), [](uv_timer_t*) {}, 3600 * 1000, 0);
  }

  struct News {
    std::uint64_t id;
    std::uint32_t events;
  };

  /// What one turn of the loop reports.
  std::vector<News> turn() {
    news.clear();
    uv_run(&loop.uv, UV_RUN_NOWAIT);
    return news;
  }

  test::Loop loop;
  /// What keeps the loop alive, as the deadlines of probes do.
  UvHandle<uv_timer_t> something_else = make_handle<uv_timer_t>(loop.uv, this, uv_timer_init);
  std::vector<News> news;
  std::optional<SocketWatch> watch{std::in_place, loop.uv,
                                   [this](std::uint64_t id, std::uint32_t events) {
                                     news.push_back({id, events});
                                   }};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "SocketWatch: news are reported once, for whom they are") {
  const Pair first, second;
  REQUIRE(watch->add(first.ours(), 7) == 0);
  REQUIRE(watch->add(second.ours(), 8) == 0);
  CHECK(turn().size() == 2);  // both can be written
  CHECK(turn().empty());

  second.peer_says("SSH-2.0-");
  auto seen = turn();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].id == 8);
  CHECK(seen[0].events == (EPOLLIN | EPOLLOUT));
  CHECK(turn().empty());  // though nobody has read

  second.peer_is_done();
  seen = turn();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].events == (EPOLLIN | EPOLLOUT | EPOLLRDHUP));
}

TEST_CASE_FIXTURE(Fixture, "SocketWatch: what still holds is reported again on request") {
  const Pair pair;
  pair.peer_says("SSH-2.0-");
  REQUIRE(watch->add(pair.ours(), 7) == 0);
  REQUIRE(turn().size() == 1);
  watch->report_again(pair.ours(), 7);
  const auto seen = turn();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].id == 7);
  CHECK((seen[0].events & EPOLLIN) != 0);
}

TEST_CASE_FIXTURE(Fixture, "SocketWatch: a closed socket has no news") {
  Pair pair;
  REQUIRE(watch->add(pair.ours(), 7) == 0);
  pair.close_ours();
  CHECK(turn().empty());
}

TEST_CASE_FIXTURE(Fixture, "SocketWatch: more news than one batch holds come in one turn") {
  const std::vector<Pair> pairs(300);
  for (std::size_t i = 0; i < pairs.size(); ++i) REQUIRE(watch->add(pairs[i].ours(), i) == 0);
  CHECK(turn().size() == pairs.size());
}

TEST_CASE_FIXTURE(Fixture, "SocketWatch: says why a socket cannot be watched") {
  CHECK(watch->add(-1, 7) == EBADF);
}

TEST_CASE_FIXTURE(Fixture, "SocketWatch: calls nothing back once gone") {
  const Pair pair;
  REQUIRE(watch->add(pair.ours(), 7) == 0);
  watch.reset();
  pair.peer_says("SSH-2.0-");
  CHECK(turn().empty());
}

TEST_CASE_FIXTURE(Fixture, "SocketWatch: does not keep the loop alive") {
  const Pair pair;
  REQUIRE(watch->add(pair.ours(), 7) == 0);
  something_else.reset();
  turn();  // in which the loop lets go of it
  CHECK(uv_loop_alive(&loop.uv) == 0);
}
