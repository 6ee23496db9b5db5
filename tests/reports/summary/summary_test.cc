#include "reports/summary/summary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/numbers.h"
#include "reports/render/html/html_report.h"
#include "reports/render/json_report.h"
#include "reports/render/terminal_summary.h"
#include "reports/summary/report.h"
#include "tests/support/host_result.h"
#include "tests/support/synthetic_fleet.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::summary;
using namespace fleetscan::render;

namespace {

std::vector<HostResult> results_of(test::SyntheticFleet& fleet, std::size_t count) {
  std::vector<HostResult> results;
  for (std::size_t i = 0; i < count; ++i) results.push_back(fleet.next());
  return results;
}

}  // namespace

TEST_CASE("Summary: the order of the results does not matter") {
  for (const bool hostile : {false, true}) {
    test::SyntheticFleet fleet(
        {.hosts = 2000, .failing_percent = 30, .seed = 3, .hostile = hostile});
    const auto run = fleet.run();
    auto results = results_of(fleet, 2000);
    std::vector<std::string> rendered;
    for (unsigned seed = 0; seed < 4; ++seed) {
      std::shuffle(results.begin(), results.end(), std::mt19937(seed));
      Summary summary;
      summary.begin(run);
      for (const auto& result : results) summary.add(result);
      summary.end(fleet.end());
      const auto report = make_report(summary);
      rendered.push_back(json_report(report) + html_report(report) + terminal_summary(report, {}));
      CHECK(rendered.back() == rendered.front());
    }
  }
}

TEST_CASE("Summary: every count is a part of a whole") {
  test::SyntheticFleet fleet({.hosts = 3000, .failing_percent = 20, .seed = 5});
  Summary summary;
  summary.begin(fleet.run());
  for (const auto& result : results_of(fleet, 3000)) summary.add(result);
  summary.end(fleet.end());
  CHECK(summary.complete());
  CHECK(summary.missing() == 0);
  std::uint64_t states = 0, classes = 0;
  for (const auto state :
       {State::reachable, State::degraded, State::unreachable, State::unknown, State::skipped})
    states += summary.total.in(state);
  for (const auto& [outcome, count] : summary.total.classes()) classes += count;
  CHECK(states == 3000);
  CHECK(classes == 3000);
  CHECK(summary.total.classes() == fleet.end().counts);
  CHECK(summary.subnets.count(*Prefix::parse("0.0.0.0/0")).hosts() ==
        3000 - summary.total[Outcome::resolve_not_found]);
  CHECK(summary.phases[1].count() >= summary.phases[2].count());
  CHECK(summary.phases[2].count() >= summary.phases[4].count());
  CHECK(summary.hosts.sorted(summary.neighbors).size() == 3000);
  CHECK(summary.hosts.take_records(summary.neighbors).size() == summary.failing());
  std::uint64_t started = 0, ended = 0;
  for (const auto& interval : summary.timeline.intervals())
    started += interval.started, ended += interval.ended;
  CHECK(started == ended);
}

TEST_CASE("Summary: several runs are one only if each of them ended") {
  Summary summary;
  CHECK_FALSE(summary.complete());
  summary.begin({.run_id = "a",
                 .tool = "",
                 .started = WallTime(std::chrono::milliseconds(2000)),
                 .sources = {"x"},
                 .targets = 5});
  summary.end({.complete = true, .duration = std::chrono::milliseconds(10)});
  CHECK(summary.complete());
  summary.begin({.run_id = "b",
                 .tool = "",
                 .started = WallTime(std::chrono::milliseconds(1000)),
                 .sources = {"x", "y"},
                 .targets = 7});
  CHECK_FALSE(summary.complete());
  summary.end({.complete = true, .duration = std::chrono::milliseconds(30)});
  CHECK(summary.complete());
  CHECK(summary.run.targets == 12);
  CHECK(summary.run.sources == std::vector<std::string>{"x", "y"});
  CHECK(summary.duration() == std::chrono::milliseconds(30));
  CHECK(summary.missing() == 12);
}

TEST_CASE("Summary: of hosts that the run did not come to, few have rows") {
  Summary summary;
  constexpr std::size_t kHosts = 3 * HostTable::kMaxUnprobedRows;
  for (std::size_t i = 0; i < kHosts; ++i)
    summary.add(test::host_result("h" + std::to_string(i), Outcome::not_probed));
  summary.add(test::host_result("down", Outcome::connect_refused));
  const auto rows = summary.hosts.sorted(summary.neighbors);
  CHECK(rows.size() == HostTable::kMaxUnprobedRows + 1);
  CHECK(std::ranges::count(rows, "down", &HostRow::host) == 1);
  CHECK(summary.hosts.failing_left_out() == kHosts - HostTable::kMaxUnprobedRows);
  CHECK(summary.hosts.healthy_left_out() == 0);
}

TEST_CASE("Summary: healthy rows are dropped when there are too many, failing ones stay") {
  Summary summary;
  for (std::size_t i = 0; i <= HostTable::kMaxHealthyRows; ++i)
    summary.add(test::host_result("h" + std::to_string(i),
                                  i % 1000 == 0 ? Outcome::connect_refused : Outcome::ok));
  CHECK(summary.hosts.sorted(summary.neighbors).size() == 101);
  CHECK(summary.hosts.healthy_left_out() == HostTable::kMaxHealthyRows + 1 - 101);
  CHECK(summary.hosts.failing_left_out() == 0);
  Summary all(Rows::all);
  Summary failed(Rows::failed);
  for (const auto outcome :
       {Outcome::ok, Outcome::connect_refused, Outcome::scanner_network, Outcome::ok_slow}) {
    all.add(test::host_result(std::string(to_string(outcome)), outcome));
    failed.add(test::host_result(std::string(to_string(outcome)), outcome));
  }
  CHECK(all.hosts.sorted(all.neighbors).size() == 4);
  CHECK(failed.hosts.sorted(failed.neighbors).size() == 2);
}

TEST_CASE("Drawn: the same winners in any order") {
  std::vector<std::uint64_t> tickets;
  for (std::uint64_t i = 0; i < 1000; ++i) tickets.push_back(draw(std::to_string(i)));
  std::vector<std::uint64_t> expected = tickets;
  std::ranges::sort(expected);
  expected.resize(10);
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::shuffle(tickets.begin(), tickets.end(), std::mt19937(seed));
    Drawn<std::uint64_t> drawn(10);
    for (const auto ticket : tickets)
      drawn.may_win(ticket) ? drawn.add(ticket, ticket) : drawn.lost();
    std::vector<std::uint64_t> winners;
    for (const auto& entry : drawn.winners()) winners.push_back(entry.thing);
    std::ranges::sort(winners);
    CHECK(winners == expected);
    CHECK(drawn.seen() == 1000);
  }
}

TEST_CASE("Drawn: within a budget of weight, the same winners in any order") {
  constexpr std::size_t kBudget = 500;
  std::vector<std::uint64_t> things;  // the weight is its last two digits
  for (std::uint64_t i = 0; i < 1000; ++i) things.push_back(i);
  std::vector<std::uint64_t> expected = things;
  std::ranges::sort(expected, {}, [](auto thing) { return draw(std::to_string(thing)); });
  std::size_t sum = 0;
  expected.erase(
      std::ranges::find_if(expected, [&](auto thing) { return (sum += thing % 100) > kBudget; }),
      expected.end());
  REQUIRE(!expected.empty());
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::shuffle(things.begin(), things.end(), std::mt19937(seed));
    Drawn<std::uint64_t> drawn(1000, kBudget);
    for (const auto thing : things) {
      const auto ticket = draw(std::to_string(thing));
      drawn.may_win(ticket) ? drawn.add(ticket, thing, thing % 100) : drawn.lost();
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> winners;
    for (const auto& entry : drawn.winners()) winners.emplace_back(entry.ticket, entry.thing);
    std::ranges::sort(winners);
    std::vector<std::uint64_t> kept;
    for (const auto& [ticket, thing] : winners) kept.push_back(thing);
    CHECK(kept == expected);
  }
}

TEST_CASE("BoundedTally: exact up to its limit, then exact for a draw that no order changes") {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("name" + std::to_string(i % 100));
  BoundedTally::Entries first;
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::shuffle(names.begin(), names.end(), std::mt19937(seed));
    BoundedTally roomy(100), tight(10);
    for (const auto& name : names) roomy.add(name, Outcome::ok), tight.add(name, Outcome::ok);
    CHECK(roomy.entries().size() == 100);
    CHECK_FALSE(roomy.full());
    CHECK(tight.entries().size() == 10);
    CHECK(tight.full());
    for (const auto& [name, tally] : tight.entries()) CHECK(tally.hosts() == 3);
    if (seed == 0) first = tight.entries();
    CHECK(tight.entries() == first);
  }
}

TEST_CASE("Timeline: bounded, and the same in any order") {
  std::vector<Attempt> attempts;
  for (int i = 0; i < 2000; ++i) {
    Attempt attempt{i % 10 == 0   ? Outcome::connect_timeout
                    : i % 10 == 1 ? Outcome::scanner_resources
                                  : Outcome::ok,
                    {}};
    attempt.evidence.started = WallTime(std::chrono::seconds(i * i / 1000));
    attempt.evidence.elapsed = Micros(2'500'000);
    attempts.push_back(attempt);
  }
  std::vector<std::uint64_t> first;
  for (unsigned seed = 0; seed < 4; ++seed) {
    std::shuffle(attempts.begin(), attempts.end(), std::mt19937(seed));
    Timeline timeline;
    timeline.begin(WallTime{});
    for (const auto& attempt : attempts) timeline.add(attempt);
    CHECK(timeline.intervals().size() <= Timeline::kMaxIntervals);
    CHECK(timeline.interval() == std::chrono::seconds(32));
    std::vector<std::uint64_t> numbers;
    std::uint64_t failed = 0, own = 0;
    for (const auto& interval : timeline.intervals()) {
      numbers.insert(numbers.end(),
                     {interval.started, interval.ended, interval.failed, interval.own_fault});
      failed += interval.failed, own += interval.own_fault;
    }
    CHECK(failed == 200);
    CHECK(own == 200);
    if (seed == 0) first = numbers;
    CHECK(numbers == first);
  }
}

TEST_CASE("judge: complete, undecided, failed, passed") {
  const struct {
    std::string name;
    std::vector<Outcome> outcomes;
    bool ended;
    GateVerdict verdict;
    int status;
  } cases[] = {
      {"all well", {Outcome::ok, Outcome::ok_slow}, true, GateVerdict::pass, 0},
      {"skipped is no failure", {Outcome::skipped}, true, GateVerdict::pass, 0},
      {"one fails", {Outcome::ok, Outcome::connect_timeout}, true, GateVerdict::fail, 1},
      {"one could not be judged",
       {Outcome::ok, Outcome::scanner_network},
       true,
       GateVerdict::incomplete,
       3},
      {"interrupted", {Outcome::ok}, false, GateVerdict::incomplete, 3},
  };
  for (const auto& [name, outcomes, ended, verdict, status] : cases) {
    CAPTURE(name);
    Summary summary;
    summary.begin({.run_id = "", .tool = "", .targets = outcomes.size()});
    for (const auto outcome : outcomes) summary.add(test::host_result("h", outcome));
    if (ended) summary.end({.complete = true});
    CHECK(judge(summary).verdict == verdict);
    CHECK(exit_status(judge(summary)) == status);
  }
}

TEST_CASE("numbers") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(percent(0, 10) == "0%");
  CHECK(percent(10, 10) == "100%");
  CHECK(percent(1, 100000) == "<0.1%");
  CHECK(percent(99999, 100000) == ">99.9%");
  CHECK(percent(1, 40) == "2.5%");
  CHECK(percent(1, 3) == "33%");
  const std::pair<std::int64_t, std::string> cases[] = {{0, "< 0.1 ms"},
                                                        {412, "0.4 ms"},
                                                        {9'949, "9.9 ms"},
                                                        {9'950, "10 ms"},
                                                        {999'499, "999 ms"},
                                                        {999'500, "1.0 s"},
                                                        {59'949'999, "59.9 s"},
                                                        {59'950'000, "1 min 0 s"},
                                                        {3'599'000'000, "59 min 59 s"},
                                                        {3'600'000'000, "1 h 0 min"}};
  for (const auto& [micros, text] : cases) CHECK(duration_text(Micros(micros)) == text);
}
