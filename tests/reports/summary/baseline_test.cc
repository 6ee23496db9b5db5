#include "reports/summary/baseline.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/support/host_result.h"

namespace fleetscan::summary {
namespace {

using test::host_result;

constexpr std::string_view kText =
    "# Accepted by the network team.\n"
    "\n"
    "# the old rack\n"
    "10.0.0.7:22  connect_*  2026-01-02  -\n"
    "web01:22  connect_refused  2026-11-20  2026-12-31  INC-4711: replaced next week\n"
    "# the end\n";

summary::Baseline read(std::string_view text) {
  InputErrors errors;
  auto baseline = summary::Baseline::parse(text, "b", errors);
  CHECK(errors.empty());
  return baseline;
}

TEST_CASE("what is written is what was read, comments included") {
  CHECK(read(kText).text() == kText);
  const auto unsorted =
      read("b:22 connect_reset 2026-01-01 -\r\na:22\tconnect_reset 2026-01-01 - why\n");
  CHECK(unsorted.text().ends_with(
      "\n\na:22  connect_reset  2026-01-01  -  why\nb:22  connect_reset  2026-01-01  -\n"));
}

TEST_CASE("any target survives") {
  rc::check("baseline round trip", [](const std::string& host, std::uint16_t port) {
    summary::Baseline baseline;
    baseline.insert(host_and_port(host, port), "kex_reset",
                    {*summary::parse_date("2026-02-28"), {}, "r", {}});
    InputErrors errors;
    RC_ASSERT(Baseline::parse(baseline.text(), "b", errors) == baseline);
    RC_ASSERT(errors.empty());
  });
}

TEST_CASE("faults have line, column and remedy, all at once") {
  InputErrors errors;
  (void)summary::Baseline::parse(
      "web1 connect_refused 2026-01-01 -\n"
      "web1:22 conect_refused 2026-01-01 -\n"
      "web1:22 ok 2026-01-01 -\n"
      "web1:22 connect_refused 2026-02-30 -\n"
      "web1:22 connect_refused 2026-01-01 never\n"
      "web1:22 connect_refused 2026-01-01\n"
      "web%zz:22 connect_refused 2026-01-01 -\n"
      "web2:22 connect_refused 2026-01-01 -\n"
      "web2:22 connect_refused 2026-01-02 -\n",
      "b", errors);
  struct Case {
    std::uint32_t line, column;
    std::string remedy;
  };
  const Case cases[] = {{1, 1, "host:port"},
                        {2, 9, "did you mean connect_refused?"},
                        {3, 9, "must be a class of failures"},
                        {4, 25, "since when"},
                        {5, 36, "or - for never"},
                        {6, 35, "or - for never"},
                        {7, 1, "%XX"},
                        {9, 1, "are already listed above"}};
  REQUIRE(errors.kept().size() == std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const auto& error = errors.kept()[i];
    CAPTURE(error.to_string());
    CHECK(error.line == cases[i].line);
    CHECK(error.column == cases[i].column);
    CHECK(error.remedy.find(cases[i].remedy) != std::string::npos);
  }
}

TEST_CASE("dates") {
  for (const auto* good : {"2026-11-20", "2024-02-29", "1970-01-01"})
    CHECK(to_string(*parse_date(good)) == good);
  for (const auto* bad : {"", "2026-13-01", "2025-02-29", "2026-1-01", "26-01-01", "2026-01-01x",
                          "2026/01/01", "-026-01-01"})
    CHECK_FALSE(parse_date(bad));
}

summary::BaselineCheck check(std::string_view text, std::string_view today, bool update,
                             const std::vector<probe::HostResult>& results) {
  summary::BaselineCheck checking(read(text), *summary::parse_date(today), update);
  for (const auto& result : results) checking.add(result);
  return checking;
}

TEST_CASE("a failure is known by target and class, until it expires") {
  struct Case {
    std::string host;
    probe::Outcome outcome;
    std::string today;
    std::uint64_t known, expired;
  };
  // clang-format off
  const Case cases[] = {
      {"web01",    probe::Outcome::connect_refused, "2026-12-30", 1, 0},
      {"web01",    probe::Outcome::connect_refused, "2026-12-31", 0, 1},
      {"web01",    probe::Outcome::connect_timeout, "2026-12-30", 0, 0},
      {"web02",    probe::Outcome::connect_refused, "2026-12-30", 0, 0},
      {"10.0.0.7", probe::Outcome::connect_timeout, "2036-01-01", 1, 0},
      {"10.0.0.7", probe::Outcome::banner_silent,   "2036-01-01", 0, 0},
      {"10.0.0.7", probe::Outcome::ok,              "2036-01-01", 0, 0},
  };
  // clang-format on
  for (const auto& [host, outcome, today, known, expired] : cases) {
    CAPTURE(host);
    CAPTURE(today);
    const auto checked = check(kText, today, false, {host_result(host, outcome)});
    CHECK(checked.known().total.failing() == known);
    CHECK(checked.known().expired == expired);
    CHECK(checked.baseline() == read(kText));
  }
}

TEST_CASE("a class stands for its family, which differs by milliseconds only") {
  InputErrors errors;
  const auto baseline = Baseline::parse(
      "a:22 banner_closed_late 2026-11-20 -\nb:22 connect_reset 2026-11-20 -\n", "b", errors);
  REQUIRE(errors.empty());
  CHECK(baseline.find("a:22", probe::Outcome::banner_closed_fast));
  CHECK(baseline.find("b:22", probe::Outcome::banner_reset));
  CHECK_FALSE(baseline.find("a:22", probe::Outcome::banner_reset));
  CHECK_FALSE(baseline.find("b:22", probe::Outcome::connect_refused));
  BaselineCheck check(baseline, date_of({}), true);
  check.add(test::host_result("a", probe::Outcome::banner_closed_after_start));
  CHECK(check.added() == 0);
  CHECK(check.removed() == 0);
  CHECK(check.known().targets.at("a:22") == "accepted by the baseline since 2026-11-20");
}

TEST_CASE("an update accepts what fails, and drops what does not") {
  const auto updated = check(
      kText, "2027-01-15", true,
      {host_result("10.0.0.7", probe::Outcome::connect_timeout),  // stays: a pattern covers it
       host_result("web01", probe::Outcome::connect_refused),     // was expired: anew, from today
       host_result("web02", probe::Outcome::banner_silent),       // comes
       host_result("web03", probe::Outcome::ok)});
  CHECK(updated.baseline().text() ==
        "# Accepted by the network team.\n"
        "\n"
        "# the old rack\n"
        "10.0.0.7:22  connect_*  2026-01-02  -\n"
        "web01:22  connect_refused  2027-01-15  -  INC-4711: replaced next week\n"
        "web02:22  banner_silent  2027-01-15  -\n"
        "# the end\n");
  CHECK(updated.known().total.failing() == 3);
  CHECK(check(kText, "2026-12-01", true, {host_result("web01", probe::Outcome::ok)}).removed() ==
        1);
}

TEST_CASE("an update leaves alone what the run did not judge") {
  const auto updated = check(kText, "2026-12-01", true,
                             {host_result("web01", probe::Outcome::scanner_resources),
                              host_result("10.0.0.7", probe::Outcome::not_probed)});
  CHECK(updated.baseline() == read(kText));
}

}  // namespace
}  // namespace fleetscan::summary
