#include "reports/summary/gate.h"

#include <doctest/doctest.h>

#include "reports/summary/baseline.h"
#include "tests/support/host_result.h"

namespace fleetscan::summary {
namespace {

using test::host_result;

TEST_CASE("expressions that are read") {
  struct Case {
    std::string text, shown;
    double value;
    bool holds;
  };
  // clang-format off
  const Case cases[] = {
      {"failing>0",                       "failing > 0",                       0,    false},
      {"failing > 0",                     "failing > 0",                       1,    true},
      {"  new\t>=  3  ",                  "new >= 3",                          3,    true},
      {"recovered<3",                     "recovered < 3",                     3,    false},
      {"reachable < 99.5%",               "reachable < 99.5%",                 99.4, true},
      {"degraded <= 2",                   "degraded <= 2",                     2,    true},
      {"unknown == 0",                    "unknown == 0",                      0,    true},
      {"unreachable != 7",                "unreachable != 7",                  7,    false},
      {"class.connect_refused > 10",      "class.connect_refused > 10",        11,   true},
      {"subnet.max_failing > 20%",        "subnet.max_failing > 20%",          20,   false},
      {"label.site=fra.failing > 1",      "label.site=fra.failing > 1",        2,    true},
      {"label.a=x > y.failing > 1",       "label.a=x > y.failing > 1",         1,    false},
  };
  // clang-format on
  for (const auto& [text, shown, value, holds] : cases) {
    CAPTURE(text);
    const auto parsed = summary::parse_condition(text);
    REQUIRE(std::holds_alternative<Condition>(parsed));
    CHECK(std::get<Condition>(parsed).text == shown);
    CHECK(std::get<Condition>(parsed).holds(value) == holds);
  }
}

TEST_CASE("expressions that are refused, where and with which remedy") {
  struct Case {
    std::string text;
    std::uint32_t column;
    std::string remedy;
  };
  // clang-format off
  const Case cases[] = {
      {"",                             1,  "must start with a measure"},
      {"> 0",                          1,  "must start with a measure"},
      {"failin > 0",                   1,  "did you mean failing?"},
      {"  reachabel > 0",              3,  "did you mean reachable?"},
      {"connect_refused > 0",          1,  "did you mean class.connect_refused?"},
      {"class.conect_refused > 0",     7,  "did you mean connect_refused?"},
      {"class. > 0",                   7,  "no such class"},
      {"certificate.days < 5%",        20, "must be a number of days"},
      {"certificate.day < 5",          1,  "did you mean certificate.days?"},
      {"subnet.max > 0",               1,  "no such measure"},
      {"label.site=fra > 0",           1,  "must be label.KEY=VALUE.failing"},
      {"label.site.failing > 0",       7,  "must be KEY=VALUE"},
      {"failing",                      8,  "one of > >= < <= == !="},
      {"failing = 0",                  9,  "one of > >= < <= == !="},
      {"failing > ",                   11, "must be a count"},
      {"failing > -1",                 11, "must be a count"},
      {"failing > 101%",               11, "from 0% to 100%"},
      {"failing > inf",                11, "must be a count"},
      {"failing > 0 and new > 0",      13, "repeat --fail-if"},
  };
  // clang-format on
  for (const auto& [text, column, remedy] : cases) {
    CAPTURE(text);
    const auto parsed = summary::parse_condition(text);
    REQUIRE(std::holds_alternative<InputError>(parsed));
    const auto& error = std::get<InputError>(parsed);
    CHECK(error.column == column);
    CAPTURE(error.remedy);
    CHECK(error.remedy.find(remedy) != std::string::npos);
  }
}

/// 10 hosts in 10.0.0.0/24 (site fra), 3 of which fail; 10 in 10.0.1.0/24 (site iad), none.
class Fleet {
 public:
  explicit Fleet(std::uint64_t unknown = 0, bool complete = true) {
    probe::RunInfo run;
    run.targets = 20 + unknown;
    summary.begin(run);
    for (int i = 0; i < 10; ++i) {
      add("a", i,
          i < 2    ? probe::Outcome::connect_timeout
          : i == 2 ? probe::Outcome::connect_refused
                   : probe::Outcome::ok);
      add("b", i, i == 0 ? probe::Outcome::ok_slow : probe::Outcome::ok);
    }
    for (std::uint64_t i = 0; i < unknown; ++i)
      summary.add(host_result("u" + std::to_string(i), probe::Outcome::scanner_resources,
                              {.address = "10.0.1.200", .labels = {{"site", "iad"}}}));
    summary.end({.complete = complete});
  }

  summary::Criterion judged(const std::string& text,
                            const std::optional<summary::Past>& past = {}) const {
    summary::GateRules rules;
    rules.fail_if = {std::get<summary::Condition>(summary::parse_condition(text))};
    rules.known = known ? &*known : nullptr;
    return summary::judge(summary, rules, past).criteria.at(0);
  }
  void accept(const std::string& host, probe::Outcome outcome) {
    if (!known) known.emplace();
    known->add(host_result(host, outcome, {.address = "10.0.0.1", .labels = {{"site", "fra"}}}));
  }

  summary::Summary summary;
  std::optional<summary::KnownFailures> known;

 private:
  void add(const std::string& subnet, int index, probe::Outcome outcome) {
    const bool first = subnet == "a";
    summary.add(host_result(
        subnet + std::to_string(index), outcome,
        {.address = (first ? "10.0.0." : "10.0.1.") + std::to_string(index + 1),
         .labels = {{"site", first ? "fra" : "iad"}, {"group", first ? "web,all" : "db,all"}}}));
  }
};

constexpr auto kPass = summary::GateVerdict::pass;
constexpr auto kFail = summary::GateVerdict::fail;
constexpr auto kOpen = summary::GateVerdict::incomplete;

TEST_CASE("each measure has its value and verdict") {
  const Fleet fleet;
  summary::Past past;
  past.fresh = {"a0:22"};
  past.recovered = {"b1:22", "b2:22"};
  past.key_changed = {"b3:22"};
  past.flapping = {"b4:22", "b5:22", "b6:22"};
  past.software_changed = {"b7:22"};
  past.added = {"b8:22"};
  past.removed = {"gone1:22", "gone2:22"};
  past.dark = {"10.0.9.0/24"};
  struct Case {
    std::string text, value;
    summary::GateVerdict verdict;
  };
  // clang-format off
  const Case cases[] = {
      {"failing > 2",                     "3",                             kFail},
      {"failing > 3",                     "3",                             kPass},
      {"failing >= 15%",                  "15%, 3 of 20",                  kFail},
      {"unreachable == 3",                "3",                             kFail},
      {"reachable < 90%",                 "80%, 16 of 20",                 kFail},
      {"degraded > 1",                    "1",                             kPass},
      {"unknown > 0",                     "0",                             kPass},
      {"new > 0",                         "1",                             kFail},
      {"recovered >= 3",                  "2",                             kPass},
      {"key_changed > 0",                 "1",                             kFail},
      {"flapping > 3",                    "3",                             kPass},
      {"software_changed > 0",            "1",                             kFail},
      {"added > 1",                       "1",                             kPass},
      {"removed > 5%",                    "10%, 2 of 20",                  kFail},
      {"dark_subnets > 0",                "1",                             kFail},
      {"certificate.days < 30",           "none",                          kPass},
      {"certificate.bad > 0",             "0",                             kPass},
      {"class.connect_timeout > 1",       "2",                             kFail},
      {"class.not_probed > 0",            "0",                             kPass},
      {"subnet.max_failing > 2",          "3 (10.0.0.0/24)",               kFail},
      {"subnet.max_failing > 30%",        "30%, 3 of 10 (10.0.0.0/24)",    kPass},
      {"label.site=fra.failing > 0",      "3",                             kFail},
      {"label.site=iad.failing > 0",      "0",                             kPass},
      {"label.group=web.failing >= 30%",  "30%, 3 of 10",                  kFail},
      {"label.group=all.failing > 20%",   "15%, 3 of 20",                  kPass},
      {"label.site=nowhere.failing > 0",  "0",                             kPass},
  };
  // clang-format on
  for (const auto& [text, value, verdict] : cases) {
    CAPTURE(text);
    const auto criterion = fleet.judged(text, past);
    CHECK(criterion.value == value);
    CHECK(to_string(criterion.verdict) == to_string(verdict));
  }
}

TEST_CASE("what the baseline knows does not count as failing") {
  Fleet fleet;
  fleet.accept("a0", probe::Outcome::connect_timeout);
  fleet.accept("a1", probe::Outcome::connect_timeout);
  CHECK(fleet.judged("failing > 1").verdict == kPass);
  CHECK(fleet.judged("unreachable > 2").verdict == kFail);
  CHECK(fleet.judged("new > 0").value == "1");
  CHECK(fleet.judged("class.connect_timeout > 0").verdict == kPass);
  CHECK(fleet.judged("subnet.max_failing > 1").verdict == kPass);
  CHECK(fleet.judged("label.site=fra.failing > 1").verdict == kPass);
  summary::Past past;
  past.fresh = {"a0:22", "a2:22"};
  CHECK(fleet.judged("new > 0", past).value == "1");
  const auto gate = summary::judge(fleet.summary, {{summary::Condition{}}, &*fleet.known});
  CHECK(gate.known == 2);
  CHECK(gate.reason == "3 of 20 hosts fail, 2 of them known");
}

TEST_CASE("hosts that could be in any state leave open only what they could decide") {
  const Fleet fleet(2);
  struct Case {
    std::string text;
    summary::GateVerdict verdict;
  };
  // clang-format off
  const Case cases[] = {
      {"failing > 2",                 kFail},  // whatever the two are
      {"failing > 3",                 kOpen},
      {"failing > 4",                 kOpen},
      {"failing > 5",                 kPass},
      {"failing == 4",                kOpen},
      {"failing == 9",                kPass},
      {"failing != 4",                kOpen},
      {"unknown > 1",                 kFail},
      {"unknown > 2",                 kPass},
      {"reachable < 17",              kOpen},
      {"reachable < 16",              kPass},
      {"label.site=iad.failing > 0",  kOpen},
      {"label.site=fra.failing > 3",  kPass},
      {"recovered > 0",               kOpen},
  };
  // clang-format on
  for (const auto& [text, verdict] : cases) {
    CAPTURE(text);
    CHECK(to_string(fleet.judged(text).verdict) == to_string(verdict));
  }
}

TEST_CASE("a first run has nothing that is new") {
  const Fleet fleet;
  summary::Past past;
  past.first = true;
  CHECK(fleet.judged("new > 0", past).verdict == kPass);
  summary::GateRules rules;
  rules.fail_if = {std::get<summary::Condition>(summary::parse_condition("new > 0"))};
  CHECK(summary::judge(fleet.summary, rules, past).reason ==
        "first run: nothing to compare with, 3 of 20 hosts fail");
  Fleet known;
  known.accept("a0", probe::Outcome::connect_timeout);
  CHECK(known.judged("new > 0", past).value == "2");  // the baseline tells
}

TEST_CASE("measures of what changed need a history") {
  for (const auto* text : {"recovered > 0", "flapping > 0", "key_changed > 0", "removed > 0",
                           "software_changed > 0", "added > 0", "dark_subnets > 0"}) {
    CAPTURE(text);
    const auto condition = std::get<summary::Condition>(summary::parse_condition(text));
    CHECK(summary::needs_history(condition.measure));
    CHECK(Fleet().judged(text).verdict == kOpen);
  }
  CHECK_FALSE(summary::needs_history(summary::Measure::fresh));
}

TEST_CASE("the reason of a gate, in words") {
  const Fleet fleet;
  summary::Past past;
  past.fresh = {"a0:22"};
  past.key_changed = {"b1:22"};
  const struct {
    std::string condition, reason;
  } cases[] = {
      {"failing > 2", "3 of 20 hosts fail"},
      {"failing > 50%", "15% failing, limit 50%"},
      {"new > 0", "1 newly failing"},
      {"new > 1", "1 newly failing, limit 1, 3 of 20 hosts fail"},
      {"key_changed > 0", "1 host key changed"},
      {"recovered > 0", "none recovered"},
      {"reachable < 90%", "80% reachable, at least 90% required"},
      {"class.connect_timeout >= 2", "2 connect_timeout, less than 2 allowed"},
      {"subnet.max_failing > 20%", "30% failing in 10.0.0.0/24, limit 20%"},
      {"label.site=fra.failing > 0", "3 of site=fra failing"},
  };
  for (const auto& [text, reason] : cases) {
    summary::GateRules rules;
    rules.fail_if = {std::get<summary::Condition>(summary::parse_condition(text))};
    CHECK(summary::judge(fleet.summary, rules, past).reason == reason);
  }
}

TEST_CASE("one host, or only degraded ones, in words") {
  const auto reason = [](const std::vector<probe::Outcome>& outcomes) {
    summary::Summary summary;
    probe::RunInfo run;
    run.targets = outcomes.size();
    summary.begin(run);
    for (const auto outcome : outcomes) summary.add(host_result("h", outcome));
    summary.end({.complete = true});
    return summary::judge(summary).reason;
  };
  using probe::Outcome;
  CHECK(reason({Outcome::ok}) == "the host is reachable");
  CHECK(reason({Outcome::connect_refused}) == "the only host fails");
  CHECK(reason({Outcome::ok, Outcome::ok_slow}) == "no host fails, 1 degraded");
  CHECK(reason({Outcome::ok, Outcome::connect_refused}) == "1 of 2 hosts fails");
  CHECK(reason({Outcome::ok, Outcome::skipped}) == "no host fails, 1 skipped");
  CHECK(reason({Outcome::skipped}) == "the only host was skipped");
  CHECK(reason({Outcome::skipped, Outcome::skipped}) == "all hosts were skipped");
  CHECK(reason({}) == "there is no host");
}

TEST_CASE("a run that is not complete decides nothing") {
  const Fleet fleet(0, false);
  const auto gate = summary::judge(fleet.summary);
  CHECK(gate.verdict == kOpen);
  CHECK(exit_status(gate) == 3);
  CHECK(exit_status(gate, true) == 3);
}

TEST_CASE("gate: a run that ended early says how far it got, recorded or not") {
  summary::Summary summary;
  probe::RunInfo run;
  run.targets = 30;
  summary.begin(run);
  for (int i = 0; i < 20; ++i)
    summary.add(host_result("h" + std::to_string(i),
                            i < 5 ? probe::Outcome::ok : probe::Outcome::not_probed));
  summary.end({.complete = false});
  CHECK(summary.unreached() == 25);
  CHECK(judge(summary, {}, {}).reason == "the run ended after 5 of 30 hosts");
  auto cut = host_result("cut", probe::Outcome::connect_refused);
  cut.note = "not retried: interrupted by Ctrl-C";
  summary.add(cut);
  CHECK(judge(summary, {}, {}).reason == "interrupted by Ctrl-C after 6 of 30 hosts");
}

TEST_CASE("a run that reached none of its canaries decides nothing") {
  const struct {
    probe::Canaries canaries;
    summary::GateVerdict verdict;
  } cases[] = {
      {{0, 0}, summary::GateVerdict::fail}, {{2, 1}, summary::GateVerdict::fail}, {{2, 0}, kOpen}};
  for (const auto& row : cases) {
    summary::Summary summary;
    probe::RunInfo run;
    run.targets = 1;
    summary.begin(run);
    summary.add(host_result("10.0.0.1", probe::Outcome::connect_timeout));
    summary.end({.complete = true, .canaries = row.canaries});
    const auto gate = summary::judge(summary);
    CHECK(gate.verdict == row.verdict);
    CHECK((gate.reason.find("canaries") != std::string::npos) == (row.verdict == kOpen));
  }
}

TEST_CASE("--exit-zero hides failing hosts, and never what could not be judged") {
  CHECK(exit_status(judge(Fleet().summary)) == 1);
  CHECK(exit_status(judge(Fleet().summary), true) == 0);
  CHECK(exit_status(judge(Fleet(1).summary)) == 1);
  CHECK(exit_status(judge(Fleet(1).summary), true) == 3);
  summary::Summary empty;
  empty.begin({});
  empty.end({.complete = true});
  CHECK(exit_status(judge(empty)) == 0);
}

}  // namespace
}  // namespace fleetscan::summary
