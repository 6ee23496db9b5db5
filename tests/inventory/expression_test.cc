#include "inventory/expression.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace fleetscan;
using namespace fleetscan::inventory;

namespace {

/// "web01,web02:22" or "10.0.0.1-10.0.0.3:22" or what is wrong: "5: a port is ..."
std::string expanded(const std::string& text) {
  const auto parsed = Expression::parse(text);
  if (const auto* fault = std::get_if<ExpressionFault>(&parsed))
    return std::to_string(fault->offset) + ": " + fault->remedy;
  std::string result;
  const auto append = [&](const std::string& one) { (result += result.empty() ? "" : ",") += one; };
  const auto& expression = std::get<Expression>(parsed);
  expression.for_each(
      [&](const AddressRange& range) {
        const bool one = range.first == range.last;
        append(range.first.to_string() + (one ? "" : "-" + range.last.to_string()));
      },
      [&](std::string_view name) { append(std::string{name}); });
  if (expression.port()) result += " port " + std::to_string(*expression.port());
  return result;
}

constexpr auto kMany = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("Expression: accepts") {
  // clang-format off
  const struct { std::string text, hosts; std::uint64_t count; } cases[] = {
      {"web01", "web01", 1},
      {"web01.example.net.", "web01.example.net.", 1},
      {"a_b-c", "a_b-c", 1},
      {"1-2", "1-2", 1},
      {"10-0-0-1.example.net", "10-0-0-1.example.net", 1},
      {"web01:1", "web01 port 1", 1},
      {"web01:65535", "web01 port 65535", 1},
      {"10.0.0.1", "10.0.0.1", 1},
      {"10.0.0.1:2222", "10.0.0.1 port 2222", 1},
      {"::1", "::1", 1},
      {"[::1]", "::1", 1},
      {"[::1]:2222", "::1 port 2222", 1},
      {"fe80::1%lo", "fe80::1%lo", 1},
      {"[fe80::1%lo]:22", "fe80::1%lo port 22", 1},
      {"10.0.0.7/30", "10.0.0.4-10.0.0.7", 4},
      {"10.0.0.7/32", "10.0.0.7", 1},
      {"10.0.0.0/30:2222", "10.0.0.0-10.0.0.3 port 2222", 4},
      {"0.0.0.0/0", "0.0.0.0-255.255.255.255", std::uint64_t{1} << 32},
      {"2001:db8::/126", "2001:db8::-2001:db8::3", 4},
      {"[2001:db8::/126]:2222", "2001:db8::-2001:db8::3 port 2222", 4},
      {"2001:db8::/65", "2001:db8::-2001:db8::7fff:ffff:ffff:ffff", std::uint64_t{1} << 63},
      {"2001:db8::/64", "2001:db8::-2001:db8::ffff:ffff:ffff:ffff", kMany},
      {"::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kMany},
      {"10.0.0.254-10.0.1.1", "10.0.0.254-10.0.1.1", 4},
      {"10.0.0.1-10.0.0.1:7", "10.0.0.1 port 7", 1},
      {"2001:db8::ffff-2001:db8::1:1", "2001:db8::ffff-2001:db8::1:1", 3},
      {"10.0.0-1.1-2", "10.0.0.1-10.0.0.2,10.0.1.1-10.0.1.2", 4},
      {"10.0.0,2.1", "10.0.0.1,10.0.2.1", 2},
      {"10.0.0-1.*", "10.0.0.0-10.0.1.255", 512},
      {"10.0.7.-", "10.0.7.0-10.0.7.255", 256},
      {"10.0.7.254-", "10.0.7.254-10.0.7.255", 2},
      {"10.0.7.-1", "10.0.7.0-10.0.7.1", 2},
      {"10.0.7.5-7,6,9:22", "10.0.7.5-10.0.7.7,10.0.7.9 port 22", 4},
      {"web[1-3]", "web1,web2,web3", 3},
      {"web[08-11]:2222", "web08,web09,web10,web11 port 2222", 4},
      {"web[1-7/3,20]x", "web1x,web4x,web7x,web20x", 4},
      {"r[1-2]n[0-1].net", "r1n0.net,r1n1.net,r2n0.net,r2n1.net", 4},
      {"[1-2].net", "1.net,2.net", 2},
      {"10.0.[0-1].[1-2]", "10.0.0.1,10.0.0.2,10.0.1.1,10.0.1.2", 4},
      {"n[0-999999999]x[0-999999999999]", "", kMany},
  };
  // clang-format on
  for (const auto& [text, hosts, count] : cases) {
    CAPTURE(text);
    if (count != kMany || hosts.find('-') != std::string::npos) CHECK(expanded(text) == hosts);
    const auto parsed = Expression::parse(text);
    REQUIRE(std::holds_alternative<Expression>(parsed));
    CHECK(std::get<Expression>(parsed).count() == count);
  }
}

TEST_CASE("Expression: rejects, saying where and what to do") {
  const std::string port = "a port is a number from 1 to 65535";
  const std::string dotted = "an IPv4 address is four numbers from 0 to 255, without leading zeros";
  const std::string octet =
      "an octet is a number from 0 to 255 without leading zeros, or a rising range";
  const std::string letters = "a host name has only letters, digits, '-', '_' and '.'";
  // clang-format off
  const struct { std::string text, fault; } cases[] = {
      {"", "0: a host name is missing"},
      {":22", "0: a host name is missing"},
      {"web:", "4: " + port},
      {"web:0", "4: " + port},
      {"web:65536", "4: " + port},
      {"web:22x", "4: " + port},
      {"web:-1", "4: " + port},
      {"web:99999999999999999999", "4: " + port},
      {"[::1]:0", "6: " + port},
      {"[::1]22", "5: after the bracket, only :port may follow"},
      {"[::1", "0: the bracket is not closed: write [address]:port"},
      {"::1]:22", "3: this bracket was never opened"},
      {"1:2:3", "0: not an IPv6 address; one with a port is written [address]:port"},
      {"10.0.0.0/33", "0: prefix length must be 0 to 32"},
      {"10.0.0.0/", "0: prefix length must be 0 to 32"},
      {"::/129", "0: prefix length must be 0 to 128"},
      {"web/24", "0: a prefix needs an address before the slash"},
      {"fe80::%lo/120", "0: a zone needs a single address, not a range"},
      {"10.0.0.9-10.0.0.1", "0: a range goes from a lower to a higher address of one family"},
      {"::1-::0", "0: a range goes from a lower to a higher address of one family"},
      {"::1-web", "4: a range needs an address after its hyphen"},
      {"10.0.0.256", "7: " + octet},
      {"10.0.0.01", "7: " + octet},
      {"10.0.0", "0: " + dotted},
      {"1.2.3.4.5", "0: " + dotted},
      {"10.0.0.9-5", "7: " + octet},
      {"10.0..1", "5: " + octet},
      {"10.0.1,,2.1", "7: " + octet},
      {"10.0.1,", "6: write each host on its own, not in a comma list"},
      {"web..net", "4: a part between two dots is empty"},
      {".web", "0: a part between two dots is empty"},
      {"-web", "0: a host name does not begin with '-'"},
      {"root@web", "4: leave out the user: write host or host:port"},
      {"web1,web2", "4: write each host on its own, not in a comma list"},
      {"m\xc3\xbcnchen", "1: write an international name in its xn-- form"},
      {"we b", "2: " + letters},
      {std::string{"we\0b", 4}, "2: " + letters},
      {std::string(64, 'a'), "0: a part between dots has at most 63 bytes"},
      {std::string(64, 'a') + ".b", "0: a part between dots has at most 63 bytes"},
      {"web[1-3", "3: this bracket is not closed"},
      {"web[[1]]", "3: this bracket is not closed"},
      {"web1]", "4: this bracket was never opened"},
      {"web[]", "4: brackets contain numbers, ranges and steps: [01-20/2,33]"},
      {"web[a-c]", "4: brackets contain numbers, ranges and steps: [01-20/2,33]"},
      {"web[1,x]", "6: brackets contain numbers, ranges and steps: [01-20/2,33]"},
      {"web[1-5/0]", "4: brackets contain numbers, ranges and steps: [01-20/2,33]"},
      {"web[5-1]", "4: a range goes from a lower to a higher number"},
      {"web[1-2]:0", "9: " + port},
      {"web[1-2].$", "0: " + letters},
  };
  // clang-format on
  for (const auto& [text, fault] : cases) {
    CAPTURE(text);
    CHECK(expanded(text) == fault);
  }
}

TEST_CASE("check_name: the limits of RFC 1035") {
  const std::string label(63, 'a');
  const auto name = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
  CHECK(name.size() == 253);
  CHECK_FALSE(check_name(name));
  CHECK_FALSE(check_name(name + '.'));
  CHECK(check_name(name + 'b'));
  CHECK_FALSE(check_name(label));
  CHECK_FALSE(check_name(label + '.'));
  CHECK(check_name(label + 'a'));
}
