#include "reports/render/terminal_summary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "base/escape.h"
#include "scanner/probe/outcome.h"
#include "scanner/ssh/kexinit.h"
#include "tests/support/host_result.h"
#include "tests/support/kexinit_payload.h"
#include "tests/support/synthetic_fleet.h"

using namespace fleetscan;
using namespace fleetscan::summary;
using namespace fleetscan::render;

namespace {

Summary summary_of(const test::FleetShape& shape) {
  test::SyntheticFleet fleet(shape);
  Summary summary;
  summary.begin(fleet.run());
  for (std::uint64_t i = 0; i < shape.hosts; ++i) summary.add(fleet.next());
  summary.end(fleet.end());
  return summary;
}

}  // namespace

TEST_CASE("terminal_summary: the golden page") {
  auto summary = summary_of({.hosts = 2000, .failing_percent = 3, .seed = 1});
  std::ifstream file(FLEETSCAN_GOLDEN "/summary.txt");
  std::stringstream golden;
  golden << file.rdbuf();
  CHECK(terminal_summary(make_report(summary), {}, {"out/report.html"}) == golden.str());
}

TEST_CASE("terminal_summary: few paragraphs on a terminal, however much there is to say") {
  auto summary = summary_of({.hosts = 5000, .failing_percent = 40, .seed = 3});
  const std::vector<std::string> names(500, "web01:22");
  Past past;
  past.runs = {PastRun{}, PastRun{}};
  past.recovered = past.flapping = past.key_changed = past.software_changed = names;
  past.added = past.removed = names;
  past.dark = {"10.0.0.0/24"};
  for (const auto& row : summary.hosts.sorted(summary.neighbors))
    if (probe::is_failure(row.outcome) && past.fresh.size() < 500)
      past.fresh.push_back(row.target());
  std::ranges::sort(past.fresh);
  KnownFailures known;
  GateRules rules{{}, &known};
  for (const auto* text : {"failing > 1", "new > 2", "degraded > 3", "unknown > 4", "recovered > 5",
                           "unreachable > 6", "class.ok > 7", "subnet.max_failing > 8%"})
    rules.fail_if.push_back(std::get<Condition>(parse_condition(text)));
  const auto text =
      terminal_summary(make_report(summary, past, rules), {.width = 200}, {"out/report.html"});
  CAPTURE(text);
  CHECK(std::ranges::count(text, '\n') <= static_cast<std::ptrdiff_t>(kMaxSummaryLines));
  CHECK(text.find("newly failing          500  ") != text.npos);
  CHECK(text.find("\nNew\n") != text.npos);
  CHECK(text.find("out/report.html") != text.npos);
}

TEST_CASE("terminal_summary: what is new stands before what was known, and what is accepted last") {
  auto summary = summary_of({.hosts = 400, .failing_percent = 20, .seed = 4});
  std::vector<std::string> failing;
  for (const auto& row : summary.hosts.sorted(summary.neighbors))
    if (probe::is_failure(row.outcome)) failing.push_back(row.target());
  REQUIRE(failing.size() > 20);
  Past past;
  past.runs = {PastRun{}, PastRun{}};
  past.fresh = {failing[5]};
  for (const auto& name : failing) past.failing_since[name] = {};
  const auto text = terminal_summary(make_report(summary, past), {});
  CAPTURE(text);
  CHECK(text.find("newly failing            1  ") < text.find("\nNew\n"));
  CHECK(text.find("\nNew\n") < text.find("\nFailing before\n"));
  CHECK(text.find("since 1970-01-01 00:00") > text.find("\nFailing before\n"));

  KnownFailures known;
  for (std::size_t i = 1; i < failing.size(); ++i)
    known.targets.emplace(failing[i], "accepted by the baseline since 2026-11-20");
  const auto judged = terminal_summary(make_report(summary, {}, {{Condition{}}, &known}), {});
  CAPTURE(judged);
  CHECK(judged.find("not in the baseline      1  ") != judged.npos);
  CHECK(judged.find("\nNew\n") != judged.npos);
  CHECK(judged.find("\nFailing before\n") == judged.npos);
}

TEST_CASE("terminal_summary: which clients would lose hosts, and nothing where none would") {
  const auto summary_of_key = [](const char* type) {
    Summary summary;
    auto result = test::host_result("web", probe::Outcome::ok, {"", "SSH-2.0-OpenSSH_9.2"});
    result.attempts[0].evidence.kexinit =
        std::make_shared<const ssh::Kexinit>(test::kexinit({.host_key = type}));
    summary.add(result);
    return terminal_summary(make_report(summary), {});
  };
  const auto lost = summary_of_key("ssh-rsa");
  CAPTURE(lost);
  CHECK(lost.find("\nClients: openssh-10.6 would lose 1 host, ") != lost.npos);
  CHECK(lost.find(" other clients some: fleetscan forecast\n") != lost.npos);
  CHECK(summary_of_key("rsa-sha2-512,ssh-ed25519").find("Clients:") == std::string::npos);
}

TEST_CASE("terminal_summary: nothing is cut where there is no terminal") {
  auto summary = summary_of({.hosts = 700, .failing_percent = 50, .seed = 9});
  const auto report = make_report(summary);
  const auto text = terminal_summary(report, {});
  for (const auto& finding : report.findings)
    CHECK(text.find(std::string(finding.remedy)) != text.npos);
  for (const auto& [outcome, count] : report.summary.total.classes())
    if (outcome != probe::Outcome::ok && outcome != probe::Outcome::skipped)
      CHECK(text.find(std::string(probe::row(outcome).seen)) != text.npos);
}

TEST_CASE("terminal_summary: no line too long, plain unless color is wanted") {
  for (const bool hostile : {false, true})
    for (const unsigned failing : {0U, 1U, 20U, 100U})
      for (const std::size_t width : {40U, 80U, 200U}) {
        auto summary =
            summary_of({.hosts = 700, .failing_percent = failing, .seed = 9, .hostile = hostile});
        const auto report = make_report(summary);
        const auto text = terminal_summary(report, {.width = width}, {"a"});
        CAPTURE(text);
        if (width == 200 && !hostile)
          CHECK(std::ranges::count(text, '\n') <= static_cast<std::ptrdiff_t>(kMaxSummaryLines));
        CHECK(is_utf8(text));
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
          CHECK(std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }) <=
                static_cast<std::ptrdiff_t>(width));
          CHECK(printable(line) == line);
        }
        const auto colored = terminal_summary(report, {.color = true, .width = width}, {"a"});
        std::string bare;
        for (std::size_t i = 0; i < colored.size(); ++i) {
          if (colored[i] == '\x1b')
            i = colored.find('m', i);
          else
            bare += colored[i];
        }
        CHECK(bare == text);
      }
}
