#include "scanner/probe/outcome.h"

#include <doctest/doctest.h>

#include <compare>
#include <concepts>
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

// A class in the wrong place of the enumeration must not change what is made of it.
template <typename T>
concept HasAnOrder = requires(T a, T b) {
  a < b;
}
|| requires(T a, T b) { a > b; }
|| requires(T a, T b) { a <= b; }
|| requires(T a, T b) { a >= b; }
|| requires(T a, T b) { a <=> b; };
static_assert(HasAnOrder<Phase> && !HasAnOrder<Outcome> && std::equality_comparable<Outcome>);

TEST_CASE("outcomes: a class fails in the phase that its name begins with") {
  for (const auto& row : outcomes()) {
    CAPTURE(std::string{row.name});
    const auto prefix = row.name.substr(0, row.name.find('_'));
    const auto named = parse_phase(prefix);
    if (named) CHECK(row.phase == named);
    if (is_reached(row.state)) CHECK(row.phase == Phase::done);
    if (row.state == State::unreachable) CHECK(row.phase);
    if (row.state == State::unknown) CHECK(row.phase == named);  // that of a proxy, or none
  }
}

TEST_CASE("outcomes: the table of docs/classes.md is this table") {
  std::ifstream file(FLEETSCAN_SOURCE "/docs/classes.md");
  std::ostringstream page;
  page << file.rdbuf();
  for (const auto& row : outcomes()) {
    const auto line = "| `" + std::string{row.name} + "` | " + std::string{row.seen} + " |\n";
    CAPTURE(line);
    CHECK(page.str().find(line) != std::string::npos);
  }
}
