#include "commands/run_recorder.h"

#include <doctest/doctest.h>

#include <memory>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"

namespace fleetscan::commands {
namespace {

using history::History;
using probe::Outcome;
using summary::GateVerdict;
using test::host_result;

constexpr auto kRefused = Outcome::connect_refused;

summary::Baseline baseline(const std::string& text) {
  InputErrors errors;
  auto read = summary::Baseline::parse(text, "baseline", errors);
  REQUIRE(errors.empty());
  return read;
}

/// One run from its begin() to its report, held against what `settings` name.
class Run {
 public:
  explicit Run(RecorderSettings settings, std::unique_ptr<History> history = nullptr)
      : recorder(reports_, std::move(settings), std::move(history)) {}

  GateVerdict record(std::uint64_t night, const std::vector<probe::HostResult>& hosts,
                     bool complete = true) {
    recorder.begin(test::nightly_run(night, hosts.size()));
    for (const auto& host : hosts) recorder.add(host);
    recorder.end({.complete = complete, .probed = hosts.size()});
    return recorder.finish().gate.verdict;
  }

 private:
  ReportSet reports_{Outputs{}};

 public:
  RunRecorder recorder;
};

TEST_CASE("RunRecorder: without a baseline every failing host counts, and none is known") {
  Run run({});
  CHECK_FALSE(run.recorder.compares());
  CHECK(run.record(1, {host_result("a", Outcome::ok), host_result("b", kRefused)}) ==
        GateVerdict::fail);
  CHECK(run.recorder.notes().empty());
  CHECK(run.recorder.errors().empty());
}

TEST_CASE("RunRecorder: the baseline accepts a class of a host, not the host") {
  const auto accepted = baseline("b:22  connect_refused  2020-01-01  -\n");
  Run known({.baseline = accepted});
  CHECK(known.recorder.compares());
  CHECK(known.record(1, {host_result("b", kRefused)}) == GateVerdict::pass);
  Run other({.baseline = accepted});
  CHECK(other.record(1, {host_result("b", Outcome::connect_timeout)}) == GateVerdict::fail);
}

TEST_CASE("RunRecorder: an expired entry fails again, and is told of") {
  Run run({.baseline = baseline("b:22  connect_refused  2020-01-01  2020-02-01\n")});
  CHECK(run.record(1, {host_result("b", kRefused)}) == GateVerdict::fail);
  CHECK(run.recorder.notes() ==
        std::vector<std::string>{"baseline: 1 entry has expired and fails again"});
}

TEST_CASE("RunRecorder: a failure is new if neither the baseline nor the last run has it") {
  const test::TemporaryFiles files;
  const auto open = [&] {
    return std::make_unique<History>(files.path() + "/history.db", History::Access::write);
  };
  Run({}, open()).record(1, {host_result("old", kRefused), host_result("up", Outcome::ok)});
  Run run({.baseline = baseline("known:22  connect_*  2020-01-01  -\n")}, open());
  run.recorder.begin(test::nightly_run(2, 5));
  CHECK_FALSE(run.recorder.newly_fails(host_result("old", kRefused)));
  CHECK_FALSE(run.recorder.newly_fails(host_result("known", kRefused)));
  CHECK_FALSE(run.recorder.newly_fails(host_result("up", Outcome::ok)));
  CHECK_FALSE(run.recorder.newly_fails(host_result("up", Outcome::scanner_aborted)));
  CHECK(run.recorder.newly_fails(host_result("up", kRefused)));
  CHECK(run.recorder.newly_fails(host_result("never seen", kRefused)));
}

TEST_CASE("RunRecorder: an update writes what fails now, and says what it changed") {
  const test::TemporaryFiles files;
  const auto path = files.path() + "/baseline";
  const auto before =
      "gone:22  connect_refused  2020-01-01  -\nkept:22  connect_refused  2020-01-01  -\n";
  Run run({.baseline = baseline(before), .update_baseline = true, .baseline_path = path});
  CHECK(run.record(1, {host_result("gone", Outcome::ok), host_result("kept", kRefused),
                       host_result("new", Outcome::connect_timeout)}) == GateVerdict::pass);
  CHECK(run.recorder.notes() ==
        std::vector<std::string>{"baseline: 1 added, 1 removed, 2 in total"});
  const auto after = baseline(content(path));
  CHECK(after.find("kept:22", kRefused));
  CHECK(after.find("new:22", Outcome::connect_timeout));
  CHECK_FALSE(after.find("gone:22", kRefused));
}

TEST_CASE("RunRecorder: a run that is not complete updates nothing") {
  const test::TemporaryFiles files;
  const auto path = files.path() + "/baseline";
  Run run({.baseline = summary::Baseline(), .update_baseline = true, .baseline_path = path});
  CHECK(run.record(1, {host_result("b", kRefused)}, false) == GateVerdict::incomplete);
  CHECK(run.recorder.notes() ==
        std::vector<std::string>{"baseline: not updated, because the run is not complete"});
  CHECK(content(path).empty());
}

TEST_CASE("RunRecorder: a baseline that cannot be written is an error, and the gate still judges") {
  Run run({.baseline = summary::Baseline(),
           .update_baseline = true,
           .baseline_path = "/nonexistent/baseline"});
  static_cast<void>(run.record(1, {host_result("b", kRefused)}));
  REQUIRE(run.recorder.errors().size() == 1);
  CHECK(run.recorder.errors()[0].find("/nonexistent/baseline") != std::string::npos);
}

TEST_CASE("RunRecorder: a history refuses a run that it has already, and the run goes on") {
  const test::TemporaryFiles files;
  const auto record = [&] {
    Run run({}, std::make_unique<History>(files.path() + "/history.db", History::Access::write));
    const auto verdict = run.record(1, {host_result("a", Outcome::ok)});
    CHECK(verdict == GateVerdict::pass);
    return run.recorder.errors().size();
  };
  CHECK(record() == 0);
  CHECK(record() == 1);
}

TEST_CASE("RunRecorder: the report says what changed since the last complete run") {
  const test::TemporaryFiles files;
  const auto open = [&] {
    return std::make_unique<History>(files.path() + "/history.db", History::Access::write);
  };
  Run({}, open()).record(1, {host_result("a", kRefused), host_result("b", Outcome::ok)});
  Run run({}, open());
  run.recorder.begin(test::nightly_run(2, 2));
  run.recorder.add(host_result("a", Outcome::ok));
  run.recorder.add(host_result("b", kRefused));
  run.recorder.end({.complete = true, .probed = 2});
  const auto report = run.recorder.finish();
  REQUIRE(report.past);
  CHECK(report.past->fresh == std::vector<std::string>{"b:22"});
  CHECK(report.past->recovered == std::vector<std::string>{"a:22"});
}

}  // namespace
}  // namespace fleetscan::commands
