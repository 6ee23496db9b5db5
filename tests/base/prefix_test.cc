#include "base/prefix.h"

#include <doctest/doctest.h>

#include <string>

using namespace fleetscan;

TEST_CASE("Prefix: parses and clears host bits") {
  const struct {
    std::string text, printed;
  } cases[] = {
      {"10.0.0.0/24", "10.0.0.0/24"},
      {"10.1.2.3/8", "10.0.0.0/8"},
      {"10.1.2.3/0", "0.0.0.0/0"},
      {"10.1.2.3/32", "10.1.2.3/32"},
      {"10.1.2.255/31", "10.1.2.254/31"},
      {"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
      {"::1/128", "::1/128"},
      {"::1/0", "::/0"},
  };
  for (const auto& [text, printed] : cases) {
    CAPTURE(text);
    REQUIRE(Prefix::parse(text));
    CHECK(Prefix::parse(text)->to_string() == printed);
  }
}

TEST_CASE("Prefix: rejects") {
  for (const std::string text :
       {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+1",
        "10.0.0.0/8 ", "::/129", "/8", "web/24", "10.0.0.0/99999999999999", "10.0.0.0/8/8"}) {
    CAPTURE(text);
    CHECK_FALSE(Prefix::parse(text));
  }
}

TEST_CASE("Prefix: contains what shares its leading bits and its family") {
  const struct {
    std::string prefix, address;
    bool contained;
  } cases[] = {
      {"10.0.0.0/24", "10.0.0.0", true},
      {"10.0.0.0/24", "10.0.0.255", true},
      {"10.0.0.0/24", "10.0.1.0", false},
      {"10.0.0.0/31", "10.0.0.2", false},
      {"0.0.0.0/0", "255.1.2.3", true},
      {"0.0.0.0/0", "::", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::", false},
  };
  for (const auto& [prefix, address, contained] : cases) {
    CAPTURE(prefix);
    CAPTURE(address);
    CHECK(Prefix::parse(prefix)->contains(*Address::parse(address)) == contained);
  }
}

TEST_CASE("subnet_of: a /24 or a /64") {
  CHECK(subnet_of(*Address::parse("10.1.2.3")).to_string() == "10.1.2.0/24");
  CHECK(subnet_of(*Address::parse("2001:db8::1:2:3:4")).to_string() == "2001:db8::/64");
}
