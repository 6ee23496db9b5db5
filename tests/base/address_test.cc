#include "base/address.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <rapidcheck.h>

#include <string>

using namespace fleetscan;

TEST_CASE("Address: parses, and prints in the form of RFC 5952") {
  const struct {
    std::string text, printed;
  } cases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"10.0.0.1", "10.0.0.1"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"fe80::1%lo", "fe80::1%lo"},
      {"fe80::1%1", "fe80::1%lo"},
      {"fe80::1%4000000", "fe80::1%4000000"},
  };
  for (const auto& [text, printed] : cases) {
    CAPTURE(text);
    const auto address = Address::parse(text);
    REQUIRE(address);
    CHECK(address->to_string() == printed);
    CHECK(Address::parse(printed) == address);
  }
}

TEST_CASE("Address: rejects") {
  const std::string cases[] = {"",
                               ".",
                               "1",
                               "1.2.3",
                               "1.2.3.4.5",
                               "1.2.3.256",
                               "1.2.3.04",
                               "1.2.3.",
                               "1..2.3",
                               " 1.2.3.4",
                               "1.2.3.4 ",
                               "1.2.3.4/8",
                               "0x1.2.3.4",
                               "1.2.3.-4",
                               "1.2.3.+4",
                               ":",
                               ":::",
                               "1:2:3:4:5:6:7",
                               "1::2::3",
                               "[::1]",
                               "::1%",
                               "g::1",
                               "::1%no-such-interface",
                               "1.2.3.4%lo",
                               "12345::",
                               "1.2.3.0004"};
  for (const auto& text : cases) {
    CAPTURE(text);
    CHECK_FALSE(Address::parse(text));
  }
  CHECK_FALSE(Address::parse(std::string{"::1\0", 4}));
  CHECK_FALSE(Address::parse(std::string(1 << 20, ':')));
}

TEST_CASE("Address: all of IPv4 is ordered before all of IPv6, numerically within") {
  CHECK(*Address::parse("9.255.255.255") < *Address::parse("10.0.0.0"));
  CHECK(*Address::parse("255.255.255.255") < *Address::parse("::"));
  CHECK(*Address::parse("::ffff") < *Address::parse("1::"));
}

TEST_CASE("Address: printing and parsing are inverse") {
  CHECK(rc::check("IPv4", [](std::uint32_t value) {
    const auto address = Address::v4(value);
    RC_ASSERT(address.v4_value() == value);
    RC_ASSERT(Address::parse(address.to_string()) == address);
  }));
  CHECK(rc::check("IPv6", [](std::array<std::uint8_t, 16> bytes) {
    const auto address = Address::v6(bytes);
    RC_ASSERT(Address::parse(address.to_string()) == address);
  }));
}

TEST_CASE("Address: fills a socket address") {
  sockaddr_storage storage{};
  CHECK(Address::parse("127.0.0.2")->to_sockaddr(22, storage) == sizeof(sockaddr_in));
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
  CHECK(v4.sin_family == AF_INET);
  CHECK(ntohs(v4.sin_port) == 22);
  CHECK(ntohl(v4.sin_addr.s_addr) == 0x7f000002);

  CHECK(Address::parse("fe80::2%7")->to_sockaddr(2222, storage) == sizeof(sockaddr_in6));
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  CHECK(v6.sin6_family == AF_INET6);
  CHECK(ntohs(v6.sin6_port) == 2222);
  CHECK(v6.sin6_scope_id == 7);
  CHECK(v6.sin6_addr.s6_addr[0] == 0xfe);
  CHECK(v6.sin6_addr.s6_addr[15] == 2);
}

TEST_CASE("host_and_port: brackets an IPv6 address only") {
  CHECK(host_and_port("web01", 22) == "web01:22");
  CHECK(host_and_port("10.0.0.1", 65535) == "10.0.0.1:65535");
  CHECK(host_and_port("2001:db8::1", 2222) == "[2001:db8::1]:2222");
}
