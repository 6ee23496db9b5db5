// Scans every host of all_classes.scenario at once with the product's own probes: each must end in
// the class that its line expects.

#include <doctest/doctest.h>
#include <uv.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "scanner/net/worker.h"
#include "tests/simulator/leaks_allowed.h"
#include "tests/simulator/running_fleet.h"

namespace fleetscan::simulator {
namespace {

using std::chrono_literals::operator""s;

std::string read_scenario() {
  std::ifstream file(FLEETSCAN_SOURCE "/tests/simulator/all_classes.scenario");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Probes each host of the scenario once; twice where the first connection is meant to fail.
class Scan {
 public:
  explicit Scan(const RunningFleet& fleet) : fleet_(fleet) { uv_loop_init(&loop_); }

  /// Probes the hosts that lie, or the others.
  void run(bool with_false_proof) {
    net::Worker worker(loop_, settings(), [&](std::uint64_t id, probe::Attempt attempt, TimePoint) {
      const auto& rule = *fleet_.scenario().rules()[id];
      auto& seen = outcomes_[&rule];
      seen.push_back(attempt.outcome);
      if (seen.size() <= rule.options.fail_first || try_again(rule, seen)) {
        worker_->start(request(id));
      }
    });
    worker_ = &worker;
    for (std::size_t id = 0; id < fleet_.scenario().rules().size(); ++id) {
      const auto& rule = *fleet_.scenario().rules()[id];
      const bool lies = rule.behavior->name == "kex_bad_signature";
      if (!rule.options.expect.empty() && lies == with_false_proof) worker.start(request(id));
    }
    uv_run(&loop_, UV_RUN_DEFAULT);
  }
  ~Scan() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  /// The class of the last attempt at that rule's host; what a scan makes of a repeated one.
  [[nodiscard]] probe::Outcome outcome(const Rule& rule) const {
    const auto& seen = outcomes_.at(&rule);
    const bool failed_before = probe::state_of(seen.front()) == probe::State::unreachable;
    return failed_before && seen.back() == probe::Outcome::ok ? probe::Outcome::ok_after_retry
                                                              : seen.back();
  }

 private:
  static constexpr std::size_t kTries = 20;

  /// Three classes depend on a few milliseconds, which a busy machine cannot promise.
  static bool try_again(const Rule& rule, const std::vector<probe::Outcome>& seen) {
    const auto& expect = rule.options.expect;
    const bool hurried = expect == "connect_reset" || expect == "banner_closed_fast" ||
                         expect == "banner_closed_after_start";
    return hurried && probe::to_string(seen.back()) != rule.options.expect && seen.size() < kTries;
  }

  static const probe::ProbeSettings& settings() {
    static const probe::ProbeSettings shorter = [] {
      probe::ProbeSettings s;
      s.connect_timeout = 2s;
      s.kex_timeout = 4s;
      return s;
    }();
    return shorter;
  }

  [[nodiscard]] probe::ProbeRequest request(std::uint64_t id) const {
    const auto& rule = *fleet_.scenario().rules()[id];
    const auto port = rule.port == 0 ? fleet_.port() : rule.port;
    return {.id = id, .address = rule.prefix.base(), .port = port};
  }

  const RunningFleet& fleet_;
  uv_loop_t loop_{};
  net::Worker* worker_ = nullptr;
  std::map<const Rule*, std::vector<probe::Outcome>> outcomes_;
};

TEST_CASE("every host of all_classes.scenario ends in the class that it expects") {
  RunningFleet fleet(read_scenario());
  Scan scan(fleet);
  scan.run(false);
  {
    const LeaksAllowed leaks;
    scan.run(true);
  }
  for (const auto& rule : fleet.scenario().rules()) {
    if (rule->options.expect.empty()) continue;
    const auto place = rule->prefix.base().to_string() + ' ' + std::string(rule->behavior->name) +
                       " in line " + std::to_string(rule->line);
    CAPTURE(place);
    CHECK(to_string(scan.outcome(*rule)) == rule->options.expect);
  }
}

TEST_CASE("all_classes.scenario has every class that a simulated host can bring about") {
  const auto scenario = Scenario::parse(read_scenario(), "all_classes.scenario");
  REQUIRE(scenario.errors().empty());
  std::set<std::string> expected;
  for (const auto& rule : scenario.rules()) expected.insert(rule->options.expect);
  // They need names, a network of their own, a known_hosts file, or are about ourselves.
  const std::set<std::string> elsewhere = {
      "resolve_not_found", "resolve_no_address",  "resolve_failure",   "resolve_suspicious",
      "connect_rejected",  "connect_unreachable", "connect_host_down", "host_key_changed"};
  for (const auto& row : probe::outcomes()) {
    const std::string name(row.name);
    if (row.state == probe::State::unknown || row.state == probe::State::skipped) continue;
    CAPTURE(name);
    CHECK(expected.contains(name) != elsewhere.contains(name));
  }
}

}  // namespace
}  // namespace fleetscan::simulator
