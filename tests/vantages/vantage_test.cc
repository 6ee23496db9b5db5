#include "vantages/vantage.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

namespace fleetscan::vantages {
namespace {

TEST_CASE("Vantage: what is accepted") {
  const struct {
    const char *text, *name, *destination;
  } kRows[] = {{"local", "local", ""},
               {"fra1", "fra1", "fra1"},
               {"admin@fra1", "fra1", "admin@fra1"},
               {"a@b@fra1", "fra1", "a@b@fra1"},
               {"ssh://admin@fra1:2222", "fra1", "ssh://admin@fra1:2222"},
               {"ssh://fra1", "fra1", "ssh://fra1"},
               {"2001:db8::1", "2001:db8::1", "2001:db8::1"},
               {"root@fe80::1%eth0", "fe80::1%eth0", "root@fe80::1%eth0"}};
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    const auto parsed = parse_vantage(row.text);
    REQUIRE(std::holds_alternative<Vantage>(parsed));
    CHECK(std::get<Vantage>(parsed).name == row.name);
    CHECK(std::get<Vantage>(parsed).destination == row.destination);
  }
}

TEST_CASE("Vantage: what a shell or ssh could take for something else is refused") {
  for (const auto* text : {"", "-oProxyCommand=x", "a b", "a;b", "$(x)", "`x`", "a\nb", "user@-x",
                           "a|b", "a&b", "a'b", "\"a\"", "a\\b", "~", "a*", "admin@"}) {
    CAPTURE(text);
    CHECK(std::holds_alternative<std::string>(parse_vantage(text)));
  }
  CHECK(is_destination(std::string(255, 'a')));
  CHECK_FALSE(is_destination(std::string(256, 'a')));
}

TEST_CASE("Vantage: names are told apart, and there are at most 32") {
  CHECK(std::holds_alternative<std::string>(parse_vantages({"a@fra", "b@fra"})));
  std::vector<std::string> many;
  for (int i = 0; i < 32; ++i) many.push_back("v" + std::to_string(i));
  CHECK(std::get<0>(parse_vantages(many)).size() == 32);
  many.emplace_back("one-more");
  CHECK(std::holds_alternative<std::string>(parse_vantages(many)));
}

TEST_CASE("Vantage: a route of jumps ends at the last one") {
  const struct {
    const char *route, *name, *destination, *jumps;
  } kRows[] = {{"gate", "gate", "gate", ""},
               {"admin@gate", "gate", "admin@gate", ""},
               {"gate:2222", "gate:2222", "ssh://gate:2222", ""},
               {"a@one:2222,b@two", "one:2222,two", "b@two", "a@one:2222"},
               {"one,two,three", "one,two,three", "three", "one,two"},
               {"[2001:db8::1]:2222", "[2001:db8::1]:2222", "ssh://[2001:db8::1]:2222", ""}};
  for (const auto& row : kRows) {
    CAPTURE(row.route);
    const auto vantage = vantage_at(row.route);
    CHECK(vantage.name == row.name);
    CHECK(vantage.destination == row.destination);
    CHECK(vantage.jumps == row.jumps);
  }
}

}  // namespace
}  // namespace fleetscan::vantages
