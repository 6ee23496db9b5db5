#include "reports/render/terminal_summary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/escape.h"
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

TEST_CASE("terminal_summary: few lines, however much there is to say") {
  auto summary = summary_of({.hosts = 5000, .failing_percent = 40, .seed = 3});
  const std::vector<std::string> names(500, "web01:22");
  Past past{{PastRun{}, PastRun{}}, names, names, names, names, names, {"10.0.0.0/24"}, {}, {}};
  KnownFailures known;
  GateRules rules{{}, &known};
  for (const auto* text : {"failing > 1", "new > 2", "degraded > 3", "unknown > 4", "recovered > 5",
                           "unreachable > 6", "class.ok > 7", "subnet.max_failing > 8%"})
    rules.fail_if.push_back(std::get<Condition>(parse_condition(text)));
  const auto text = terminal_summary(make_report(summary, past, rules), {}, {"out/report.html"});
  CAPTURE(text);
  CHECK(std::ranges::count(text, '\n') <= static_cast<std::ptrdiff_t>(kMaxSummaryLines));
  CHECK(text.find("500 newly failing") != text.npos);
  CHECK(text.find("Look here first") != text.npos);
  CHECK(text.find("out/report.html") != text.npos);
}

TEST_CASE("terminal_summary: few lines, none too long, plain unless colour is wanted") {
  for (const bool hostile : {false, true})
    for (const unsigned failing : {0U, 1U, 20U, 100U})
      for (const std::size_t width : {40U, 80U, 200U}) {
        auto summary =
            summary_of({.hosts = 700, .failing_percent = failing, .seed = 9, .hostile = hostile});
        const auto report = make_report(summary);
        const auto text = terminal_summary(report, {.width = width}, {"a"});
        CAPTURE(text);
        CHECK(std::ranges::count(text, '\n') <= static_cast<std::ptrdiff_t>(kMaxSummaryLines));
        CHECK(is_utf8(text));
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
          CHECK(line.size() <= width);
          CHECK(printable(line) == line);
        }
        const auto coloured = terminal_summary(report, {.colour = true, .width = width}, {"a"});
        std::string bare;
        for (std::size_t i = 0; i < coloured.size(); ++i) {
          if (coloured[i] == '\x1b')
            i = coloured.find('m', i);
          else
            bare += coloured[i];
        }
        CHECK(bare == text);
      }
}
