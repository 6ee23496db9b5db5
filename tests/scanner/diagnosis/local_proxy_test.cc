#include "scanner/diagnosis/local_proxy.h"

#include <doctest/doctest.h>

#include <cstdint>

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::diagnosis;
using namespace std::chrono_literals;

namespace {

HostResult taken(std::uint32_t index, std::uint32_t rtt_us = 30,
                 Outcome outcome = Outcome::banner_closed_late) {
  HostResult result;
  result.target.address = Address::v4(0x0a000000 + index);
  result.outcome = outcome;
  Attempt attempt{outcome, {}};
  attempt.evidence.phase = Phase::banner;
  attempt.evidence.ms.connect = 50us;
  attempt.evidence.tcp_info = TcpInfo{.segs_in = 2, .rtt_us = rtt_us};
  result.attempts.push_back(attempt);
  return result;
}

LocalProxy after(std::uint32_t hosts, std::uint32_t apart) {
  LocalProxy proxy;
  for (std::uint32_t i = 0; i < hosts; ++i) proxy.see(taken(i * apart));
  return proxy;
}

}  // namespace

TEST_CASE("LocalProxy: enough hosts, in enough subnets") {
  CHECK_FALSE(LocalProxy{}.found());
  CHECK_FALSE(after(7, 256).found());
  CHECK(after(8, 256).found());
  CHECK_FALSE(after(200, 2).found());  // two subnets
  CHECK(after(200, 4).found());
}

TEST_CASE("LocalProxy: what refutes it, and what says nothing") {
  auto spoke = taken(1);
  spoke.attempts[0].evidence.bytes_in = 1;
  auto here = taken(1);
  here.target.address = *Address::parse("127.0.0.1");
  const struct {
    const char* name;
    HostResult result;
    bool found;
  } cases[] = {
      {"one more", taken(1), true},
      {"no connection was made", {}, true},
      {"farther away", taken(1, 1000), true},
      {"too far away", taken(1, 1001), false},
      {"another end", taken(1, 30, Outcome::banner_reset), false},
      {"reached", taken(1, 30, Outcome::ok), false},
      {"it spoke", spoke, false},
      {"on this machine", here, false},
  };
  for (const auto& [name, result, found] : cases) {
    CAPTURE(name);
    auto proxy = after(20, 256);
    proxy.see(result);
    CHECK(proxy.found() == found);
    CHECK(proxy.may_explain(taken(2)) == found);
  }
}

TEST_CASE("LocalProxy: a busy machine makes some round trips longer, a network all of them") {
  for (const std::uint32_t each : {1U, 2U, 4U, 8U}) {
    CAPTURE(each);
    LocalProxy proxy;
    for (std::uint32_t i = 0; i < 64; ++i) proxy.see(taken(i * 256, i % each == 0 ? 300 : 100));
    CHECK(proxy.found() == (each >= 4));
  }
}
