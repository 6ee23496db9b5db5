#include "vantages/intake.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/target.h"
#include "reports/records/result_lines.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::vantages {
namespace {

inventory::Target target(const std::string& host) {
  inventory::Target one{.host = host};
  one.source = "hosts.txt:1";
  one.labels = std::make_shared<const inventory::Labels>(inventory::Labels{{"rack", "a"}});
  return one;
}

std::string run_line() {
  std::string line;
  records::append_line(line, probe::RunInfo{.run_id = "r", .tool = "0"});
  return line;
}

std::string host_line(const std::string& host) {
  probe::HostResult result;
  result.target.host = host;
  result.target.source = "theirs:1";
  result.outcome = probe::Outcome::resolve_not_found;
  result.causes = {{"wrong_name", 0.5, {"seen"}}, {"no such cause", 0.4, {}}};
  std::string line;
  records::append_line(line, result);
  return line;
}

std::string end_line(bool complete = true) {
  std::string line;
  records::append_line(line, probe::RunEnd{.complete = complete});
  return line;
}

/// Three targets, of which the first two were given.
struct Heard {
  TargetBook book;
  std::vector<probe::HostResult> results;
  std::unique_ptr<Intake> intake;

  explicit Heard(std::string_view bytes, std::size_t piece = 1UL << 20U) {
    for (const auto* host : {"a", "b", "c"}) book.add(target(host));
    intake = std::make_unique<Intake>(
        book, [this](std::size_t, probe::HostResult&& result) { results.push_back(result); });
    intake->expect({0, 1});
    for (std::size_t at = 0; at < bytes.size(); at += piece) intake->feed(bytes.substr(at, piece));
    intake->finish();
  }
};

TEST_CASE("Intake: takes what was asked for, in whatever pieces it comes") {
  const auto bytes = "Welcome!\n" + run_line() + host_line("b") + "{\"type\":\"later\",\"x\":1}\n" +
                     host_line("a") + end_line();
  for (const std::size_t piece : {1UL, 7UL, 1UL << 20U}) {
    const Heard heard(bytes, piece);
    CHECK(heard.intake->fault().empty());
    CHECK(heard.intake->complete());
    CHECK(heard.intake->silent().empty());
    REQUIRE(heard.results.size() == 2);
    CHECK(heard.results[0].target.name() == "b:22");
    CHECK(heard.results[0].target.source == "hosts.txt:1");
    CHECK(heard.results[0].target.labels->at("rack") == "a");
    REQUIRE(heard.results[0].causes.size() == 1);
    CHECK(heard.results[0].causes[0].name == "wrong_name");
  }
}

TEST_CASE("Intake: what breaks the rules ends it, and what came before stays") {
  const auto good = run_line() + host_line("a");
  const struct {
    std::string bytes;
    const char* fault;
    std::size_t results;
  } kRows[] = {
      {good + host_line("c"), "c:22, which it was not given", 1},
      {good + host_line("unheard.of"), "unheard.of:22, which it was not given", 1},
      {good + host_line("a"), "a second record of a:22", 1},
      {good + "nonsense\n" + host_line("b"), "no record", 1},
      {good + "{\"type\":\"host\",\"target\":\n", "no record", 1},
      {good + run_line(), "the start of a second run", 1},
      {good + end_line() + host_line("b"), "behind the last one", 1},
      {host_line("a"), "before the start of its run", 0},
      {good + std::string(records::ResultReader::kMaxLineBytes + 1, 'x') + "\n", "longer", 1},
      {std::string(Intake::kMaxGreeting + 1, 'x') + "\n" + good, "something else", 0},
      {"{\"type\":\"run\",\"schema\":\"fleetscan.result/2\"}\n", "fleetscan.result/2", 0},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.fault);
    const Heard heard(row.bytes);
    CHECK(heard.intake->fault().find(row.fault) != std::string::npos);
    CHECK(heard.results.size() == row.results);
  }
}

TEST_CASE("Intake: tells of whom it has heard nothing") {
  const Heard heard(run_line() + host_line("b") + end_line(false));
  CHECK(heard.intake->silent() == std::vector<std::size_t>{0});
  CHECK(heard.intake->ended());
  CHECK_FALSE(heard.intake->complete());
  CHECK(heard.intake->given() == 2);
  CHECK(heard.intake->heard() == 1);
}

}  // namespace
}  // namespace fleetscan::vantages
