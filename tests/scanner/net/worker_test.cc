#include "scanner/net/worker.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/simulator/leaks_allowed.h"
#include "tests/support/fleet_thread.h"
#include "tests/support/loop.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::net;
using namespace std::chrono_literals;

namespace {

const ProbeSettings settings{.depth = Depth::kex,
                             .connect_timeout = 1s,
                             .banner_timeout = 600ms,
                             .kex_timeout = 600ms,
                             .ident = "SSH-2.0-test"};

Address host(std::uint32_t number) { return Address::v4(0x7f010000 + number); }

/// Probes the first `count` hosts of 127.1.0.0/16 and returns what was seen, by number.
std::map<std::uint64_t, Attempt> probe_all(std::uint16_t port, std::uint32_t count,
                                           const ProbeSettings& with = settings) {
  test::Loop loop;
  std::map<std::uint64_t, Attempt> attempts;
  Worker worker(loop.uv, with, [&](std::uint64_t id, Attempt attempt, TimePoint) {
    CHECK(attempts.emplace(id, std::move(attempt)).second);
  });
  for (std::uint32_t i = 0; i < count; ++i)
    worker.start({.id = i, .address = host(i), .port = port});
  CHECK(worker.in_flight() == count);
  while (worker.in_flight() > 0) uv_run(&loop.uv, UV_RUN_ONCE);
  return attempts;
}

}  // namespace

TEST_CASE("Worker: the driver brings the machine what happens on the wire") {
  test::FleetThread fleet(
      "127.1.0.0/32 healthy\n"
      "127.1.0.1/32 healthy hostkey=rsa\n"
      "127.1.0.2/32 healthy hostkey=ecdsa\n"
      "127.1.0.3/32 healthy kexinit=after_ident\n"
      "127.1.0.4/32 healthy kexinit=after_client\n"
      "127.1.0.5/32 healthy drip=0\n"
      "127.1.0.6/32 close delay=0.05\n"
      "127.1.0.7/32 reset delay=0.1\n"
      "127.1.0.8/32 silent\n"
      "127.1.0.9/32 throttled\n"
      "127.1.0.10/32 kex_stall\n"
      "127.1.0.11/32 kex_disconnect\n"
      "127.1.0.12/32 kexinit_disconnect\n"
      "127.1.0.13/32 http\n"
      "127.1.0.14/32 endless_banner\n"
      "127.1.0.15/32 huge_packet\n");
  REQUIRE(fleet.errors().empty());
  auto patient = settings;
  patient.kex_timeout = 5s;  // one of them waits for our KEXINIT
  const auto attempts = probe_all(fleet.port(), 16, patient);
  const std::string expected[] = {"ok",
                                  "ok",
                                  "ok",
                                  "ok",
                                  "ok",
                                  "ok",
                                  "banner_closed_after_start",
                                  "banner_reset",
                                  "banner_silent",
                                  "banner_throttled",
                                  "kex_stalled",
                                  "kex_disconnect",
                                  "kexinit_disconnect",
                                  "banner_wrong_service",
                                  "banner_tarpit",
                                  "kexinit_malformed"};
  const std::string types[] = {"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"};
  REQUIRE(attempts.size() == 16);
  for (const auto& [id, attempt] : attempts) {
    CAPTURE(id);
    CHECK(to_string(attempt.outcome) == expected[id]);
    if (id >= std::size(types)) continue;
    REQUIRE(attempt.evidence.host_key);
    CHECK(attempt.evidence.host_key->verified);
    CHECK(attempt.evidence.host_key->type == types[id]);
  }
}

TEST_CASE("Worker: a wrong proof is told from a right one") {
  test::FleetThread fleet("127.1.0.0/32 kex_bad_signature\n");
  const simulator::LeaksAllowed leaks;
  const auto attempts = probe_all(fleet.port(), 2);
  CHECK(to_string(attempts.at(0).outcome) == "kex_signature_invalid");
  CHECK_FALSE(attempts.at(0).evidence.host_key);
  CHECK(to_string(attempts.at(1).outcome) == "ok");
}

TEST_CASE("Worker: tells a close after 20 ms from one at once, however long it waits for it") {
  test::FleetThread fleet("127.1.0.0/32 close\n127.1.0.1/32 close delay=0.02\n");
  // A busy machine may let the fleet itself be late, but not each time.
  std::pair<std::string_view, std::string_view> seen;
  for (int tries = 0; tries < 20 && seen.first != "banner_closed_fast"; ++tries) {
    const auto attempts = probe_all(fleet.port(), 2);
    seen = {to_string(attempts.at(0).outcome), to_string(attempts.at(1).outcome)};
    CHECK(seen.second == "banner_closed_after_start");
  }
  CHECK(seen.first == "banner_closed_fast");
}

TEST_CASE("Worker: nothing listens") {
  std::uint16_t port = 0;
  {
    test::FleetThread gone("");
    port = gone.port();
  }
  const auto attempts = probe_all(port, 1);
  REQUIRE(attempts.size() == 1);
  const auto& attempt = attempts.at(0);
  CHECK(to_string(attempt.outcome) == "connect_refused");
  REQUIRE(attempt.evidence.tcp_info);
  CHECK(attempt.evidence.tcp_info->segs_in >= 1);
}

TEST_CASE("Worker: an address of no family that this machine routes is our own trouble") {
  test::Loop loop;
  std::optional<Attempt> seen;
  Worker worker(loop.uv, settings,
                [&](std::uint64_t, Attempt attempt, TimePoint) { seen = attempt; });
  worker.start({.id = 1, .address = Address::v4(0xffffffff), .port = 22});  // broadcast
  CHECK_FALSE(seen);  // never from inside start()
  while (!seen) uv_run(&loop.uv, UV_RUN_ONCE);
  CHECK(to_string(seen->outcome) == "scanner_network");
}

TEST_CASE("Worker: each connection ends with one readable goodbye") {
  test::FleetThread fleet("");
  const auto attempts = probe_all(fleet.port(), 50);
  fleet.stop();
  CHECK(attempts.size() == 50);
  CHECK(fleet.statistics().connections() == 50);
  CHECK(fleet.statistics().key_exchanges() == 50);
  CHECK(fleet.statistics().goodbyes() == 50);
}

TEST_CASE("Worker: destroyed in flight, it calls nothing back and leaves nothing behind") {
  test::FleetThread fleet("127.1.0.0/16 silent\n");
  for (int turns = 0; turns < 4; ++turns) {
    CAPTURE(turns);
    test::Loop loop;
    bool called = false;
    {
      Worker worker(loop.uv, settings,
                    [&](std::uint64_t, const Attempt&, TimePoint) { called = true; });
      for (std::uint32_t i = 0; i < 10; ++i)
        worker.start({.id = i, .address = host(i), .port = fleet.port()});
      for (int i = 0; i < turns; ++i) uv_run(&loop.uv, UV_RUN_NOWAIT);
    }
    for (int i = 0; i < 3; ++i) uv_run(&loop.uv, UV_RUN_NOWAIT);
    CHECK_FALSE(called);
  }
}

TEST_CASE("Worker: may be given more to do from its own callback") {
  test::FleetThread fleet("");
  test::Loop loop;
  unsigned done = 0;
  Worker* own = nullptr;
  Worker worker(loop.uv, settings, [&](std::uint64_t id, const Attempt& attempt, TimePoint) {
    CHECK(to_string(attempt.outcome) == "ok");
    ++done;
    if (id < 20) own->start({.id = id + 1, .address = host(0), .port = fleet.port()});
  });
  own = &worker;
  worker.start({.id = 1, .address = host(0), .port = fleet.port()});
  while (worker.in_flight() > 0) uv_run(&loop.uv, UV_RUN_ONCE);
  CHECK(done == 20);
}
