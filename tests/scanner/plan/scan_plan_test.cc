#include "scanner/plan/scan_plan.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "scanner/diagnosis/conclude.h"
#include "tests/support/fake_key_exchanges.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::plan;
using namespace std::chrono_literals;

namespace {

using Duration = TimePoint::duration;
const TimePoint t0{};
const test::FakeKeyExchanges exchanges;

Target target(std::uint32_t address, std::uint16_t port = 22) {
  const auto a = Address::v4(address);
  return {.host = a.to_string(), .port = port, .address = a};
}

struct Answer {
  Duration takes{};
  Outcome outcome = Outcome::ok;
};

/// What a target answers to its n-th connection (from 0).
using World = std::function<Answer(const Target&, unsigned n)>;

std::vector<HostResult> results_of(ScanPlan& plan) {
  std::vector<HostEvidence> ended;
  plan.take_ended(ended);
  std::vector<HostResult> results;
  for (auto& evidence : ended) results.push_back(diagnosis::conclude(std::move(evidence)));
  return results;
}

/// Runs a plan on a clock of its own, and checks at each step what must always hold.
class Simulation {
 public:
  Simulation(const ScanLimits& limits, std::vector<Target> targets, World world)
      : limits_(limits),
        targets_(std::move(targets)),
        world_(std::move(world)),
        plan_(limits, exchanges, t0) {}

  struct Start {
    TimePoint at;
    std::uint64_t id;
    bool clamped;
  };

  void run() {
    while (!plan_.done()) {
      step();
      if (plan_.done()) break;
      auto next = plan_.wake_at(now);
      if (!in_flight_.empty()) {
        const auto end = std::get<0>(in_flight_.top());
        next = std::min(next.value_or(end), end);
      }
      REQUIRE_MESSAGE(next, "the plan is stuck");
      now = std::max(now, *next);
      REQUIRE(++turns_ < 1000000);
    }
  }

  /// Everything that can happen now.
  void step() {
    while (!in_flight_.empty() && std::get<0>(in_flight_.top()) <= now) end_one();
    do {
      for (; takes_more(); ++added_) plan_.add(Target(targets_[added_]), {}, now);
      if (added_ == targets_.size() && !told_) plan_.no_more_targets(now), told_ = true;
      while (auto request = plan_.next(now)) start(*request);
    } while (takes_more());
    for (auto& result : results_of(plan_)) results[result.target.name()].push_back(result);
    ended = now;
  }

  /// How many targets ended in which class: "connect_refused 1, ok 9".
  [[nodiscard]] std::string totals() const {
    std::map<std::string, int> totals;
    for (const auto& [name, of_target] : results)
      for (const auto& result : of_target) ++totals[std::string{to_string(result.outcome)}];
    std::string text;
    for (const auto& [name, count] : totals)
      text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
    return text;
  }
  [[nodiscard]] const HostResult& result(const Target& of) const {
    return results.at(of.name()).at(0);
  }

  ScanPlan& plan() { return plan_; }

  TimePoint now = t0;
  TimePoint ended = t0;
  TimePoint last_first_end = t0;
  std::vector<Start> starts;
  std::map<std::string, std::vector<HostResult>> results;
  std::size_t most_in_flight = 0;

 private:
  [[nodiscard]] bool takes_more() const { return added_ < targets_.size() && plan_.takes_more(); }
  void start(const ProbeRequest& request) {
    const auto key = host_and_port(request.address.to_string(), request.port);
    CHECK(busy_.insert(request.address).second);
    CHECK(++in_subnet_[subnet_of(request.address)] <= limits_.per_subnet);
    const Target of{.host = request.address.to_string(), .port = request.port};
    const auto answer = world_(of, made_[key]++);
    if (answer.outcome != Outcome::scanner_resources)
      CHECK(++connections_[key] <= limits_.retry.connections);
    starts.push_back({now, request.id, request.question == Question::small});
    in_flight_.emplace(now + answer.takes, request.id, request.address, answer.outcome,
                       request.question, made_[key] == 1);
    most_in_flight = std::max(most_in_flight, in_flight_.size());
    CHECK(in_flight_.size() <= limits_.concurrency);
  }

  void end_one() {
    const auto [at, id, address, outcome, question, first] = in_flight_.top();
    in_flight_.pop();
    busy_.erase(address);
    --in_subnet_[subnet_of(address)];
    if (first) last_first_end = now;
    Attempt attempt{outcome, {}};
    attempt.evidence.address = address;
    attempt.evidence.mss_clamped = question == Question::small;
    attempt.evidence.other_family = question == Question::other_family;
    plan_.finished(id, std::move(attempt), now);
  }

  using Probe = std::tuple<TimePoint, std::uint64_t, Address, Outcome, Question, bool>;
  struct EndsLater {
    bool operator()(const Probe& a, const Probe& b) const {
      return std::tie(std::get<0>(a), std::get<1>(a)) > std::tie(std::get<0>(b), std::get<1>(b));
    }
  };

  ScanLimits limits_;
  std::vector<Target> targets_;
  World world_;
  ScanPlan plan_;
  std::size_t added_ = 0;
  bool told_ = false;
  int turns_ = 0;
  std::priority_queue<Probe, std::vector<Probe>, EndsLater> in_flight_;
  std::set<Address> busy_;
  std::map<Prefix, std::size_t> in_subnet_;
  std::map<std::string, unsigned> connections_;
  std::map<std::string, unsigned> made_;
};

World always(Duration takes, Outcome outcome) {
  return [=](const Target&, unsigned) { return Answer{takes, outcome}; };
}

std::vector<Target> hosts(std::uint32_t first, std::uint32_t count) {
  std::vector<Target> targets;
  for (std::uint32_t i = 0; i < count; ++i) targets.push_back(target(first + i));
  return targets;
}

constexpr std::uint32_t kNet = 0x0a000000;

}  // namespace

TEST_CASE("ScanPlan: concurrency is used up, and not more") {
  auto spread = hosts(0, 0);
  for (std::uint32_t i = 0; i < 1000; ++i) spread.push_back(target(kNet + i * 256));
  Simulation scan({.concurrency = 100}, spread, always(1s, Outcome::ok));
  scan.run();
  CHECK(scan.totals() == "ok 1000");
  CHECK(scan.most_in_flight == 100);
  CHECK(scan.ended - t0 == 10s);
}

TEST_CASE("ScanPlan: a dark subnet at its cap does not stop others") {
  auto targets = hosts(kNet, 256);
  for (const auto& healthy : hosts(kNet + 256, 256)) targets.push_back(healthy);
  const World world = [](const Target& of, unsigned) {
    const bool dark = Address::parse(of.host)->v4_value() < kNet + 256;
    return dark ? Answer{4s, Outcome::connect_timeout} : Answer{10ms, Outcome::ok};
  };
  Simulation scan({.concurrency = 1024, .per_subnet = 16, .retry = {.retries = 0}}, targets, world);
  scan.run();
  CHECK(scan.totals() == "connect_timeout 256, ok 256");
  CHECK(scan.ended - t0 == 64s);  // 256 / 16 times 4 s
  const auto healthy = std::ranges::count_if(
      scan.starts, [](const auto& start) { return start.id >= 256 && start.at < t0 + 1s; });
  CHECK(healthy == 256);
}

TEST_CASE("ScanPlan: rate") {
  auto targets = hosts(kNet, 200);
  Simulation scan({.per_subnet = 1000, .rate = 20}, targets, always(1ms, Outcome::ok));
  scan.run();
  CHECK(scan.totals() == "ok 200");
  for (std::size_t i = 21; i < scan.starts.size(); ++i)
    CHECK(scan.starts[i].at - scan.starts[i - 21].at >= 990ms);
  CHECK(scan.ended - t0 < 11s);
}

TEST_CASE("ScanPlan: ports of one address take turns, and each has its first attempt") {
  std::vector<Target> targets;
  for (std::uint16_t port = 1; port <= 40; ++port) targets.push_back(target(kNet, port));
  Simulation scan({}, targets, always(1s, Outcome::ok));
  scan.run();
  CHECK(scan.totals() == "ok 40");
  for (std::size_t i = 1; i < scan.starts.size(); ++i)
    CHECK(scan.starts[i].at - scan.starts[i - 1].at >= 1s + 100ms);
}

TEST_CASE("ScanPlan: names of one target share its connections, but for the first of each") {
  ScanLimits limits;
  limits.retry.connections = 3;
  ScanPlan plan(limits, exchanges, t0);
  for (int i = 0; i < 4; ++i) {
    auto named = target(kNet);
    named.host = "name" + std::to_string(i);
    plan.add(std::move(named), {}, t0);
  }
  plan.no_more_targets(t0);
  int made = 0;
  auto now = t0;
  while (!plan.done()) {
    while (const auto request = plan.next(now)) {
      ++made;
      plan.finished(request->id, {Outcome::connect_refused, {}}, now);
    }
    if (const auto wake = plan.wake_at(now)) now = std::max(now, *wake);
    REQUIRE(made < 100);
  }
  CHECK(made == 4);
  for (const auto& result : results_of(plan))
    CHECK(result.note ==
          "not retried: 10.0.0.0:22 has used up its 3 connections (--max-connections-per-host)");
}

TEST_CASE("ScanPlan: a machine that is late has less in flight, one that is not has all") {
  for (const bool late : {true, false}) {
    CAPTURE(late);
    ScanLimits limits;
    limits.concurrency = limits.per_subnet = 8000;
    ScanPlan plan(limits, exchanges, t0);
    std::deque<std::uint64_t> in_flight;
    std::size_t first = 0, last = 0;
    auto now = t0;
    std::uint32_t added = 0;
    for (int round = 0; round < 40; ++round) {
      while (true) {
        while (plan.takes_more()) plan.add(target(kNet + added++), {}, now);
        const auto request = plan.next(now);
        if (!request) break;
        in_flight.push_back(request->id);
      }
      last = in_flight.size();
      if (round == 0) first = last;
      now += 1s;
      for (; !in_flight.empty(); in_flight.pop_front()) {
        Attempt attempt{Outcome::ok, {}};
        attempt.evidence.lateness = late ? Micros{200ms} : Micros{1ms};
        plan.finished(in_flight.front(), std::move(attempt), now);
      }
      static_cast<void>(results_of(plan));
    }
    CHECK(first <= ScanPlan::kAtFirst);
    if (late)
      CHECK(last <= 128);
    else
      CHECK(last > 7000);
  }
}

TEST_CASE("ScanPlan: a retry waits as the table says while first attempts are under way") {
  auto targets = hosts(kNet, 1);
  targets.push_back(target(kNet + 256));
  const World world = [](const Target& of, unsigned n) {
    if (of.host != "10.0.0.0") return Answer{60s, Outcome::ok};
    return n == 0 ? Answer{1s, Outcome::connect_refused} : Answer{1s, Outcome::ok};
  };
  Simulation scan({}, targets, world);
  scan.run();
  REQUIRE(scan.starts.size() == 3);
  CHECK(scan.starts[2].at - t0 == 16s);
  CHECK(scan.totals() == "ok 1, ok_after_retry 1");
}

TEST_CASE("ScanPlan: retries are pulled forward once the last first attempt has ended") {
  const struct {
    std::string name;
    std::chrono::milliseconds patience;
    Answer first;
    std::chrono::milliseconds retry_at;  ///< 0 = left out
  } cases[] = {
      {"fits as it is", 40s, {1s, Outcome::connect_refused}, 16s},
      {"starts patience minus its first attempt after L, and some slack before",
       10s,
       {1s, Outcome::connect_refused},
       9500ms},
      {"never less than 2 s", 3s, {1s, Outcome::connect_refused}, 3s},
      {"cannot fit", 2500ms, {1s, Outcome::connect_refused}, 0s},
      {"too little patience for any", 1999ms, {1ms, Outcome::kex_stalled}, 0s},
      {"at once is at once", 15s, {10s, Outcome::kex_stalled}, 10100ms},
      {"no time even at once", 5s, {10s, Outcome::kex_stalled}, 0s},
      {"a penalty's wait is not shortened", 15s, {1s, Outcome::kex_reset}, 0s},
      {"... and kept where it fits", 102s, {1s, Outcome::kex_reset}, 101s},
  };
  for (const auto& [name, patience, first, retry_at] : cases) {
    CAPTURE(name);
    Simulation scan({.patience = patience}, hosts(kNet, 1), always(first.takes, first.outcome));
    scan.run();
    REQUIRE(scan.starts.size() == (retry_at == 0s ? 1 : 2));
    if (retry_at > 0s) CHECK(scan.starts[1].at - t0 == retry_at);
    const bool told = !scan.result(target(kNet)).note.empty();
    CHECK(told == (retry_at == 0s && patience >= 2s));
  }
}

TEST_CASE("ScanPlan: many retries in one subnet still end within patience") {
  Simulation scan({.per_subnet = 64, .patience = 60s}, hosts(kNet, 250),
                  always(4s, Outcome::connect_timeout));
  scan.run();
  CHECK(scan.starts.size() == 500);  // none was left out
  CHECK(scan.ended <= scan.last_first_end + 60s);
}

TEST_CASE("ScanPlan: a stall is tried again at once, clamped") {
  Simulation scan({}, hosts(kNet, 1), always(1s, Outcome::kex_stalled));
  scan.run();
  REQUIRE(scan.starts.size() == 2);
  CHECK_FALSE(scan.starts[0].clamped);
  CHECK(scan.starts[1].clamped);
  CHECK(scan.starts[1].at - t0 == 1100ms);
}

TEST_CASE("ScanPlan: our own lack of resources slows it down and costs no host anything") {
  const World world = [](const Target&, unsigned n) {
    return n == 0 ? Answer{0s, Outcome::scanner_resources} : Answer{100ms, Outcome::ok};
  };
  Simulation scan({.retry = {.retries = 0, .connections = 1}}, hosts(kNet, 60), world);
  scan.run();
  CHECK(scan.totals() == "ok 60");
  CHECK(scan.plan().postponed() == 60);
  const auto again = [](const auto& start) { return start.at == t0 + 2s; };
  CHECK(std::ranges::count_if(scan.starts, again) == 29);  // half of what was in flight

  Simulation hopeless({}, hosts(kNet, 60), always(0s, Outcome::scanner_resources));
  hopeless.run();
  CHECK(hopeless.totals() == "scanner_resources 60");
}

TEST_CASE("ScanPlan: the deadline stops everything and loses nothing") {
  const World world = [](const Target& of, unsigned) {
    return of.host == "10.0.0.0" ? Answer{1s, Outcome::connect_refused} : Answer{4s, Outcome::ok};
  };
  Simulation scan({.concurrency = 10, .deadline = t0 + 9s}, hosts(kNet, 50), world);
  scan.run();
  CHECK(scan.plan().stopped());
  CHECK(scan.ended - t0 == 12s);  // what was in flight ended by itself
  CHECK(scan.totals() == "connect_refused 1, not_probed 20, ok 29");
  CHECK(scan.result(target(kNet)).note == "not retried: the deadline passed");
  CHECK(scan.result(target(kNet + 49)).note == "the deadline passed");
}

TEST_CASE("ScanPlan: stopped and abandoned in the middle, each target has one result") {
  const World world = [](const Target& of, unsigned n) {
    if (of.host == "10.0.0.0" && n == 0) return Answer{1s, Outcome::kex_stalled};
    return of.host == "10.0.0.1" ? Answer{1100ms, Outcome::ok} : Answer{1h, Outcome::ok};
  };
  Simulation scan({.concurrency = 10}, hosts(kNet, 6000), world);
  scan.step();
  scan.now = t0 + 1s;
  scan.step();
  scan.now = t0 + 1100ms;
  scan.step();  // the retry takes the place of 10.0.0.1
  scan.plan().stop("interrupted", scan.now);
  CHECK_FALSE(scan.plan().next(scan.now));
  scan.step();
  scan.plan().abandon(scan.now);
  scan.step();
  CHECK(scan.plan().done());
  CHECK(scan.plan().in_flight() == 0);
  CHECK(scan.totals() == "kex_stalled 1, not_probed 5998, ok 1");
  for (const auto& [name, of_target] : scan.results) REQUIRE(of_target.size() == 1);
  CHECK(scan.result(target(kNet)).note == "broken off: interrupted");
}

TEST_CASE("ScanPlan: whatever hosts answer, all limits hold and each target has one result") {
  static constexpr Outcome kAnswers[] = {Outcome::ok,
                                         Outcome::connect_refused,
                                         Outcome::connect_timeout,
                                         Outcome::kex_stalled,
                                         Outcome::banner_throttled,
                                         Outcome::kex_closed,
                                         Outcome::banner_silent,
                                         Outcome::scanner_aborted,
                                         Outcome::scanner_resources};
  const bool holds = rc::check([] {
    const auto pick = [](int from, int to) { return *rc::gen::inRange(from, to); };
    ScanLimits limits;
    limits.concurrency = static_cast<std::size_t>(pick(1, 40));
    limits.per_subnet = static_cast<std::size_t>(pick(1, 20));
    limits.rate = pick(0, 2) == 0 ? 0 : pick(1, 50);
    limits.retry.retries = static_cast<unsigned>(pick(0, 4));
    limits.retry.connections = static_cast<unsigned>(pick(1, 5));
    limits.patience = std::chrono::milliseconds{pick(0, 120000)};
    const auto seed = static_cast<std::uint32_t>(pick(0, 1000000));

    std::vector<Target> targets;
    const int count = pick(0, 120);
    for (int i = 0; i < count; ++i) {  // some share an address, many a subnet
      const auto number = static_cast<std::uint32_t>(i);
      targets.push_back(target(kNet + number / 2 * 37 % 1024, number % 2 == 0 ? 22 : 23));
    }
    const World world = [seed](const Target& of, unsigned n) {
      auto x = std::hash<std::string>{}(of.name()) ^ (seed + n * 7919U);
      x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15U;
      const auto takes = std::chrono::milliseconds{(x >> 33) % 6000};
      return Answer{takes, kAnswers[(x >> 20) % std::size(kAnswers)]};
    };
    Simulation scan(limits, targets, world);
    scan.run();
    RC_ASSERT(scan.results.size() == targets.size());
    for (const auto& [name, results] : scan.results) RC_ASSERT(results.size() == 1U);
    // A first attempt that this machine could not make is made later, so L is not the first end.
    RC_ASSERT(scan.plan().postponed() > 0 ||
              scan.ended <= scan.last_first_end + limits.patience + 6s);
  });
  CHECK(holds);
}

TEST_CASE("ScanPlan: totals do not depend on the order of targets") {
  const World world = [](const Target& of, unsigned n) {
    const auto x = Address::parse(of.host)->v4_value() % 7;
    if (x == 0) return Answer{4s, Outcome::connect_timeout};
    if (x == 1) return n == 0 ? Answer{1ms, Outcome::banner_reset} : Answer{1ms, Outcome::ok};
    return Answer{30ms, Outcome::ok};
  };
  const bool holds = rc::check([&] {
    auto targets = hosts(kNet, 300);
    const ScanLimits limits{.concurrency = 50, .per_subnet = 64, .patience = 90s};
    Simulation straight(limits, targets, world);
    straight.run();
    for (std::size_t i = targets.size(); i > 1; --i)
      std::swap(targets[i - 1], targets[static_cast<std::size_t>(*rc::gen::inRange(0, 300)) % i]);
    Simulation shuffled(limits, targets, world);
    shuffled.run();
    RC_ASSERT(shuffled.totals() == straight.totals());
  });
  CHECK(holds);
}

namespace {

Attempt failed_at(const Address& address, Outcome outcome) {
  Attempt attempt{outcome, {}};
  attempt.evidence.address = address;
  return attempt;
}

const auto kV6 = *Address::parse("2001:db8::1");

}  // namespace

TEST_CASE("ScanPlan: the other family is asked at its own address, at once") {
  ScanPlan plan({}, exchanges, t0);
  plan.add(target(kNet), {}, t0, kV6);
  plan.no_more_targets(t0);
  const auto first = plan.next(t0);
  REQUIRE(first);
  CHECK(first->question == Question::again);
  plan.finished(first->id, failed_at(first->address, Outcome::connect_refused), t0 + 1ms);
  const auto second = plan.next(t0 + 101ms);
  REQUIRE(second);
  CHECK(second->question == Question::other_family);
  CHECK(second->address == kV6);
  auto reached = failed_at(kV6, Outcome::ok);
  reached.evidence.other_family = true;
  plan.finished(second->id, std::move(reached), t0 + 102ms);
  CHECK(plan.done());
  CHECK(results_of(plan).at(0).outcome == Outcome::ok_after_retry);
}

TEST_CASE("ScanPlan: who was silent or stalled is given what is left of the patience") {
  const struct {
    Outcome outcome;
    std::chrono::milliseconds wait;
    bool longer;
  } cases[] = {{Outcome::banner_silent, 2s, true},
               {Outcome::kex_stalled, 100ms, true},
               {Outcome::banner_reset, 10s, false}};
  for (const auto& [outcome, wait, longer] : cases) {
    CAPTURE(to_string(outcome));
    ScanLimits limits;
    limits.patience = 20s;
    ScanPlan plan(limits, exchanges, t0);
    plan.add(target(kNet), {}, t0);
    plan.no_more_targets(t0);
    const auto first = plan.next(t0);
    REQUIRE(first);
    CHECK(first->longer == 0ms);
    plan.finished(first->id, failed_at(first->address, outcome), t0 + 5s);
    const auto again = plan.next(t0 + 5s + wait);
    REQUIRE(again);
    CHECK(again->longer == (longer ? std::chrono::milliseconds{20s} - wait : 0ms));
  }
}

TEST_CASE("ScanPlan: a result waits for its echo, but not beyond the end of the scan") {
  const struct {
    std::string name;
    bool heard_first;  ///< before the retries are over
    bool stopped;
    Echo expected;
  } cases[] = {
      {"heard after the last attempt", false, false, Echo::silent},
      {"heard before", true, false, Echo::silent},
      {"the scan is stopped", false, true, Echo::unasked},
  };
  for (const auto& row : cases) {
    CAPTURE(row.name);
    ScanPlan plan({.retry = {.retries = 0}}, exchanges, t0);
    plan.add(target(kNet), {}, t0);
    plan.no_more_targets(t0);
    const auto request = plan.next(t0);
    REQUIRE(request);
    CHECK(plan.listen(request->id));
    if (row.heard_first) plan.heard(request->id, Echo::silent, t0 + 1s);
    plan.finished(request->id, failed_at(request->address, Outcome::connect_timeout), t0 + 4s);
    CHECK(plan.done() == row.heard_first);
    if (row.stopped)
      plan.stop("interrupted", t0 + 5s);
    else
      plan.heard(request->id, Echo::silent, t0 + 6s);
    CHECK(plan.done());
    plan.heard(request->id, Echo::answered, t0 + 7s);  // too late
    const auto results = results_of(plan);
    REQUIRE(results.size() == 1);
    CHECK(results[0].outcome == Outcome::connect_timeout);
    CHECK(results[0].echo == row.expected);
    CHECK(results[0].note.empty());
  }
}
