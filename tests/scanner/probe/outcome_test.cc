#include "scanner/probe/outcome.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

using namespace fleetscan;
using namespace fleetscan::probe;

TEST_CASE("outcomes: every row reads back by its name and says what to do about a failure") {
  for (const auto& row : outcomes()) {
    CAPTURE(std::string{row.name});
    CHECK(parse_outcome(row.name) == row.outcome);
    CHECK_FALSE(row.seen.empty());
    if (row.state == State::unreachable) CHECK_FALSE(row.remedy.empty());
    if (row.retry == Retry::later) CHECK(row.wait.count() >= 2);
  }
  CHECK_FALSE(parse_outcome("nonsense"));
}

TEST_CASE("outcomes: the README's table is this table") {
  std::ifstream file(FLEETSCAN_SOURCE "/README.md");
  std::ostringstream readme;
  readme << file.rdbuf();
  for (const auto& row : outcomes()) {
    const auto line = "| `" + std::string{row.name} + "` | " + std::string{row.seen} + " |\n";
    CAPTURE(line);
    CHECK(readme.str().find(line) != std::string::npos);
  }
}
