#include "reports/render/name_folding.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

using namespace fleetscan;
using namespace fleetscan::render;

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) (out += out.empty() ? "" : " ") += name;
  return out;
}

/// What ClusterShell does with one folded name: the other direction, for the test.
std::vector<std::string> expanded(const std::string& name) {
  const auto open = name.find('['), close = name.find(']');
  if (open == name.npos) return {name};
  std::vector<std::string> names;
  for (auto at = open + 1; at < close;) {
    const auto end = std::min(name.find(',', at), close);
    const auto range = name.substr(at, end - at);
    const auto dash = range.find('-');
    const auto first = range.substr(0, dash),
               last = dash == range.npos ? first : range.substr(dash + 1);
    for (auto i = std::stoull(first); i <= std::stoull(last); ++i) {
      auto digits = std::to_string(i);
      digits.insert(0, first.size() - std::min(first.size(), digits.size()), '0');
      names.push_back(name.substr(0, open) + digits + name.substr(close + 1));
    }
    at = end + 1;
  }
  return names;
}

}  // namespace

TEST_CASE("fold_names") {
  const struct {
    std::vector<std::string> names;
    std::string folded;
  } cases[] = {
      {{}, ""},
      {{"web01"}, "web01"},
      {{"web01", "web02", "web05"}, "web[01-02,05]"},
      {{"web20", "web01", "web02", "web33", "web03"}, "web[01-03,20,33]"},
      {{"web9", "web10", "web11"}, "web[9-11]"},
      {{"web09", "web10"}, "web[09-10]"},
      {{"web9", "web09", "web010", "web100"}, "web[9,09,010,100]"},
      {{"web98", "web99", "web100"}, "web[98-100]"},
      {{"web1.a.net", "web2.a.net", "web1.b.net"}, "web[1-2].a.net web1.b.net"},
      {{"r1n1", "r1n2", "r2n1"}, "r1n[1-2] r2n1"},
      {{"10.0.0.1:22", "10.0.0.2:22", "10.0.1.1:22"}, "10.0.0.[1-2]:22 10.0.1.1:22"},
      {{"a:22", "a:23"}, "a:22 a:23"},
      {{"[2001:db8::1]:22", "[2001:db8::2]:22"}, "[2001:db8::1]:22 [2001:db8::2]:22"},
      {{"b", "a"}, "b a"},
      {{"web1", "web1"}, "web1"},
      {{"x9999999999999999999", "x9999999999999999998"},
       "x9999999999999999999 x9999999999999999998"},
  };
  for (const auto& [names, folded] : cases) CHECK(joined(fold_names(names)) == folded);
}

TEST_CASE("fold_names: expanding gives the same names") {
  CHECK(rc::check([] {
    const auto numbers = *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, 30U));
    std::vector<std::string> names;
    for (const auto number : numbers) {
      names.push_back((number % 2 == 0 ? "web" : "db0") + std::to_string(number) +
                      (number % 3 == 0 ? ".a.net:22" : ""));
    }
    std::multiset<std::string> unfolded;
    for (const auto& name : fold_names(names))
      for (const auto& member : expanded(name)) unfolded.insert(member);
    const std::set<std::string> expected(names.begin(), names.end());
    RC_ASSERT(std::multiset<std::string>(expected.begin(), expected.end()) == unfolded);
  }));
}

TEST_CASE("folded_line: fits, and is printable") {
  const std::vector<std::string> names{"alpha", "beta", "gamma\x1b[2J"};
  CHECK(folded_line(names, 100) == "alpha beta gamma\\x1b[2J");
  CHECK(folded_line(names, 12) == "alpha beta... (+1)");
  CHECK(folded_line(names, 4) == "a... (+3)");
}

TEST_CASE("folded_line: numbers in names stand in the order of their values") {
  const std::vector<std::string> names{"10.0.10.1", "10.0.9.2", "10.0.9.1", "web10-a",
                                       "web9-b",    "web09-a",  "web9"};
  CHECK(folded_line(names, 100) == "10.0.9.[1-2] 10.0.10.1 web9 web[09-10]-a web9-b");
}

TEST_CASE("folded_line: says how many there are besides the first of them") {
  CHECK(folded_line({"a", "b"}, 10, 2) == "a b");
  CHECK(folded_line({"a", "b"}, 10, 3) == "a b... (+1)");
  CHECK(folded_line({"a", "b"}, 1, 1003) == "a... (+1,002)");
}
