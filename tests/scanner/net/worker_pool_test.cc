#include "scanner/net/worker_pool.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/support/fleet_thread.h"
#include "tests/support/loop.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::net;
using namespace std::chrono_literals;

namespace {

constexpr auto kScenario =
    "127.1.0.0/28 silent\n"
    "127.1.0.16/28 throttled\n"
    "127.1.0.32/28 kexinit_disconnect\n";
constexpr std::uint64_t kHosts = 300;

const ProbeSettings kSettings{.depth = Depth::kex,
                              .connect_timeout = 5s,
                              .banner_timeout = 2s,
                              .kex_timeout = 20s,
                              .ident = "SSH-2.0-test"};

ProbeRequest request(std::uint64_t id, std::uint16_t port) {
  return {
      .id = id, .address = Address::v4(0x7f010000 + static_cast<std::uint32_t>(id)), .port = port};
}

/// Class and proved key of each host, probed at most 64 at a time: each that ends starts another.
std::map<std::uint64_t, std::string> verdicts(unsigned threads, std::uint16_t port) {
  test::Loop loop;
  std::map<std::uint64_t, std::string> seen;
  std::uint64_t next = 0;
  WorkerPool* pool = nullptr;
  WorkerPool workers(loop.uv, kSettings, threads,
                     [&](std::uint64_t id, const Attempt& attempt, TimePoint) {
                       auto text = std::string(to_string(attempt.outcome));
                       if (attempt.evidence.host_key)
                         text += ' ' + attempt.evidence.host_key->sha256;
                       CHECK(seen.emplace(id, text).second);
                       if (next < kHosts) pool->start(request(next++, port));
                     });
  pool = &workers;
  while (next < 64) workers.start(request(next++, port));
  while (workers.in_flight() > 0) uv_run(&loop.uv, UV_RUN_ONCE);
  return seen;
}

}  // namespace

TEST_CASE("WorkerPool: any number of threads sees the same") {
  test::FleetThread fleet(kScenario);
  REQUIRE(fleet.errors().empty());
  const auto one = verdicts(1, fleet.port());
  CHECK(one.size() == kHosts);
  CHECK(one.at(0) == "banner_silent");
  CHECK(one.at(kHosts - 1).starts_with("ok SHA256:"));
  for (const unsigned threads : {2u, 3u, 8u}) {
    CAPTURE(threads);
    CHECK(verdicts(threads, fleet.port()) == one);
  }
}

TEST_CASE("WorkerPool: destroyed at any time, it calls back no more") {
  test::FleetThread fleet(kScenario);
  for (int turns = 0; turns < 20; ++turns) {
    test::Loop loop;
    bool alive = true;
    {
      WorkerPool workers(loop.uv, kSettings, 3,
                         [&](std::uint64_t, const Attempt&, TimePoint) { CHECK(alive); });
      for (std::uint64_t i = 0; i < 100; ++i) workers.start(request(i, fleet.port()));
      CHECK(workers.in_flight() == 100);
      for (int i = 0; i < turns; ++i) uv_run(&loop.uv, UV_RUN_NOWAIT);
    }
    alive = false;
    for (int i = 0; i < 3; ++i) uv_run(&loop.uv, UV_RUN_NOWAIT);
  }
}
