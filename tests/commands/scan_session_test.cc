#include "commands/scan_session.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <utility>
#include <variant>

#include "base/exit_status.h"
#include "commands/report_set.h"
#include "commands/run_recorder.h"
#include "commands/scan_run.h"

using namespace fleetscan;
using namespace fleetscan::commands;

namespace {

/// A scan of a port on the loopback interface where nothing listens.
Options options() {
  Options options;
  options.inventory.targets = {"127.0.0.1:1"};
  options.limits.retry.retries = 0;
  options.limits.retry.diagnose = false;
  options.threads = 1;
  options.quiet = true;
  return options;
}

}  // namespace

TEST_CASE("a scan: prepared, carried out and judged") {
  auto wanted = options();
  auto prepared = prepare_scan(wanted, "1.2.3");
  REQUIRE(std::holds_alternative<PreparedScan>(prepared));
  auto& scan = std::get<PreparedScan>(prepared);
  CHECK(scan.info.tool == "1.2.3");
  CHECK(scan.info.targets == 1);
  CHECK_FALSE(scan.interrupted);

  ReportSet reports({});
  RunRecorder recorder(reports, std::move(scan.rules.settings), nullptr);
  recorder.begin(scan.info);
  ScanRun run(wanted, *scan.inventory, {}, {}, recorder);
  const auto ending = carry_out(run, scan);
  CHECK(ending.end.complete);
  CHECK(ending.end.probed == 1);
  CHECK(ending.end.counts == decltype(ending.end.counts){{probe::Outcome::connect_refused, 1}});
  CHECK(ending.signal == 0);
  CHECK_FALSE(ending.abandoned);

  recorder.end(ending.end);
  const auto report = recorder.finish();
  CHECK(report.gate.reason == "the only host fails");
  CHECK(exit_status(wanted, ending, report.gate) == kExitFailed);
  wanted.exit_zero = true;
  CHECK(exit_status(wanted, ending, report.gate) == kExitPassed);
}

TEST_CASE("a scan: what cannot be prepared names its exit status") {
  auto condition = options();
  condition.fail_if = {"failing >"};
  auto exclusion = options();
  exclusion.inventory.targets = {"10.0.0.0/99"};
  auto history = options();
  history.history = "/nonexistent/history.db";
  for (auto [wanted, status] : {std::pair{condition, kExitUsage}, std::pair{exclusion, kExitUsage},
                                std::pair{history, kExitOutput}}) {
    const auto prepared = prepare_scan(wanted, "1.2.3");
    REQUIRE(std::holds_alternative<int>(prepared));
    CHECK(std::get<int>(prepared) == status);
  }
}

TEST_CASE("a scan: a signal decides the exit status, whatever the gate says") {
  ScanEnding ending;
  ending.signal = SIGTERM;
  Options zero;
  zero.exit_zero = true;
  CHECK(exit_status({}, ending, {summary::GateVerdict::pass, ""}) == 143);
  CHECK(exit_status(zero, ending, {summary::GateVerdict::fail, ""}) == 143);
}

TEST_CASE("a scan: notes say what this machine lacked") {
  CHECK(notes_on({}).empty());
  ScanEnding ending;
  ending.postponed = 1234;
  ending.echoes_forbidden = true;
  const auto notes = notes_on(ending);
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].starts_with("1,234 connections had to wait"));
  CHECK(notes[1].starts_with("no ICMP echo was sent"));
}
