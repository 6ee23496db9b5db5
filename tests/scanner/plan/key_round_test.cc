// The round of further host keys, at the end of a ScanPlan.

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scanner/plan/scan_plan.h"
#include "tests/support/fake_key_exchanges.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::plan;
using namespace std::chrono_literals;

namespace {

using Duration = TimePoint::duration;
const TimePoint t0{};
const ssh::NameList kOffered{"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"};
const test::FakeKeyExchanges exchanges{{"curve25519-sha256"}, kOffered};

Target target(std::uint32_t address, std::uint16_t port = 22) {
  const auto a = Address::v4(address);
  return {.host = a.to_string(), .port = port, .address = a};
}

Attempt proved(const std::string& type, Outcome outcome = Outcome::ok) {
  Attempt attempt{outcome, {}};
  ssh::Kexinit kexinit;
  kexinit[ssh::Slot::host_key] = kOffered;
  attempt.evidence.phase = Phase::done;
  attempt.evidence.kexinit = std::make_shared<const ssh::Kexinit>(std::move(kexinit));
  attempt.evidence.host_key = HostKey{type, "SHA256:abc", true};
  return attempt;
}

Attempt failed(Outcome outcome, Phase phase) {
  Attempt attempt{outcome, {}};
  attempt.evidence.phase = phase;
  return attempt;
}

struct Start {
  TimePoint at;
  std::string address;
  std::string key_type;  ///< "": a first attempt
};

/// Runs a plan to its end; each connection takes 10 ms.
struct Round {
  std::vector<Start> starts = {};
  std::vector<HostEvidence> ended = {};
  std::size_t most_at_once = 0;  ///< connections to one address

  template <typename AnswerOf>
  void run(ScanPlan& plan, AnswerOf answer) {
    std::map<std::tuple<TimePoint, std::uint64_t>, std::pair<ProbeRequest, std::uint64_t>> flying;
    std::map<std::string, std::size_t> at_once;
    auto now = t0;
    for (int turns = 0; turns < 100'000; ++turns) {
      while (const auto request = plan.next(now)) {
        const auto address = request->address.to_string();
        starts.push_back({now, address, std::string(request->key_type)});
        most_at_once = std::max(most_at_once, ++at_once[address]);
        flying.emplace(std::tuple(now + 10ms, request->id), std::pair(*request, request->id));
      }
      std::vector<HostEvidence> now_ended;
      plan.take_ended(now_ended);
      for (auto& one : now_ended) ended.push_back(std::move(one));
      if (plan.done()) return;
      auto next = plan.wake_at(now);
      if (!flying.empty()) {
        const auto end = std::get<0>(flying.begin()->first);
        next = std::min(next.value_or(end), end);
      }
      REQUIRE(next);
      now = std::max(now, *next);
      while (!flying.empty() && std::get<0>(flying.begin()->first) <= now) {
        const auto [request, id] = flying.begin()->second;
        flying.erase(flying.begin());
        --at_once[request.address.to_string()];
        plan.finished(id, answer(request), now);
      }
    }
    FAIL("no end");
  }
};

ScanLimits all_keys(unsigned keys = 7) {
  ScanLimits limits;
  limits.keys = keys;
  return limits;
}

/// Proves what it is asked for, ssh-ed25519 first.
Attempt willing(const ProbeRequest& request) {
  return proved(request.key_type.empty() ? "ssh-ed25519" : std::string(request.key_type));
}

}  // namespace

TEST_CASE("Key round: none unless it is asked for, and none of canaries") {
  for (const bool canary : {false, true}) {
    ScanPlan plan(canary ? all_keys() : ScanLimits{}, exchanges, t0);
    auto host = target(0x0a000001);
    host.canary = canary;
    plan.add(std::move(host), {}, t0);
    plan.no_more_targets(t0);
    Round round;
    round.run(plan, willing);
    CHECK(round.starts.size() == 1);
    REQUIRE(round.ended.size() == 1);
    CHECK(round.ended[0].further_keys.empty());
  }
}

TEST_CASE("Key round: every target has its first attempt first, then each key, paced") {
  ScanPlan plan(all_keys(), exchanges, t0);
  constexpr std::uint32_t kHosts = 500;
  for (std::uint32_t i = 0; i < kHosts; ++i) plan.add(target(0x0a000001 + 256 * i), {}, t0);
  plan.no_more_targets(t0);
  Round round;
  round.run(plan, willing);
  REQUIRE(round.starts.size() == 3 * kHosts);
  std::map<std::string, TimePoint> last;
  for (std::size_t i = 0; i < round.starts.size(); ++i) {
    const auto& start = round.starts[i];
    CHECK(start.key_type.empty() == (i < kHosts));
    if (const auto found = last.find(start.address); found != last.end())
      CHECK(start.at - found->second >= 1s);
    last[start.address] = start.at;
  }
  CHECK(round.most_at_once == 1);
  REQUIRE(round.ended.size() == kHosts);
  for (const auto& host : round.ended) {
    CHECK(host.attempts.size() == 1);
    REQUIRE(host.further_keys.size() == 2);
    CHECK(host.further_keys[0].type == "ecdsa-sha2-nistp256");
    CHECK(host.further_keys[1].type == "ssh-rsa");
    for (const auto& key : host.further_keys) {
      CHECK(key.outcome == Outcome::ok);
      REQUIRE(key.key);
      CHECK(key.key->type == key.type);
    }
  }
}

TEST_CASE("Key round: a failure is no attempt, and who turns us away is left in peace") {
  const struct {
    Attempt answer;
    Outcome first, second;
  } cases[] = {
      {failed(Outcome::kex_closed, Phase::kex), Outcome::kex_closed, Outcome::ok},
      {failed(Outcome::kexinit_reset, Phase::kexinit), Outcome::kexinit_reset, Outcome::ok},
      {failed(Outcome::banner_throttled, Phase::banner), Outcome::banner_throttled,
       Outcome::not_probed},
      {failed(Outcome::connect_refused, Phase::connect), Outcome::connect_refused,
       Outcome::not_probed},
  };
  for (const auto& row : cases) {
    CAPTURE(to_string(row.first));
    ScanPlan plan(all_keys(), exchanges, t0);
    plan.add(target(0x0a000001), {}, t0);
    plan.no_more_targets(t0);
    Round round;
    round.run(plan, [&](const ProbeRequest& request) {
      return request.key_type == "ecdsa-sha2-nistp256" ? row.answer : willing(request);
    });
    REQUIRE(round.ended.size() == 1);
    const auto& host = round.ended[0];
    CHECK(host.attempts.size() == 1);
    REQUIRE(host.further_keys.size() == 2);
    CHECK(host.further_keys[0].outcome == row.first);
    CHECK_FALSE(host.further_keys[0].key);
    CHECK(host.further_keys[1].outcome == row.second);
    CHECK(host.further_keys[1].key.has_value() == (row.second == Outcome::ok));
  }
}

TEST_CASE("Key round: the limit holds for all names of a target, and is told") {
  ScanPlan plan(all_keys(2), exchanges, t0);
  for (const auto* name : {"a", "b"}) {
    auto host = target(0x0a000001);
    host.host = name;
    plan.add(std::move(host), {}, t0);
  }
  plan.no_more_targets(t0);
  Round round;
  round.run(plan, willing);
  CHECK(round.starts.size() == 3);
  CHECK(round.most_at_once == 1);
  REQUIRE(round.ended.size() == 2);
  for (const auto& host : round.ended)
    CHECK(host.note ==
          "further host keys not asked for: 10.0.0.1:22 has used up its 2 keys "
          "(--max-keys-per-host)");
}

TEST_CASE("Key round: a plan that is stopped keeps what it has") {
  ScanPlan plan(all_keys(), exchanges, t0);
  plan.add(target(0x0a000001), {}, t0);
  plan.no_more_targets(t0);
  const auto first = plan.next(t0);
  REQUIRE(first);
  plan.finished(first->id, willing(*first), t0 + 10ms);
  CHECK_FALSE(plan.done());
  CHECK(plan.asked_again() == 0);
  plan.stop("the deadline passed", t0 + 20ms);
  CHECK(plan.done());
  std::vector<HostEvidence> ended;
  plan.take_ended(ended);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].note == "further host keys not asked for: the deadline passed");
  CHECK(ended[0].attempts.size() == 1);
  REQUIRE(ended[0].further_keys.size() == 2);
  CHECK(ended[0].further_keys[0].outcome == Outcome::not_probed);
}

TEST_CASE("Key round: with many targets waiting the first of them are not kept until the end") {
  ScanPlan plan(all_keys(), exchanges, t0);
  std::size_t ended = 0;
  auto now = t0;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    plan.add(target(0x0a000000 + i), {}, now);
    while (const auto request = plan.next(now)) plan.finished(request->id, willing(*request), now);
    now += 1ms;
    std::vector<HostEvidence> more;
    plan.take_ended(more);
    ended += more.size();
  }
  CHECK(ended > 5000);
}
