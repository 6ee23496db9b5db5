#include "base/special_address.h"

#include <doctest/doctest.h>

#include <string_view>

using namespace fleetscan;

namespace {

Address ip(const char* text) { return *Address::parse(text); }

}  // namespace

TEST_CASE("destination: where a connection goes") {
  const struct {
    const char *address, *expected;
  } cases[] = {
      {"10.0.0.1", "10.0.0.1"},
      {"2001:db8::1", "2001:db8::1"},
      {"0.0.0.0", "127.0.0.1"},
      {"::", "::1"},
      {"::ffff:10.0.0.1", "10.0.0.1"},
      {"::ffff:0.0.0.0", "127.0.0.1"},
      {"::fffe:10.0.0.1", "::fffe:a00:1"},
      {"0.0.0.1", "0.0.0.1"},
      {"64:ff9b::10.0.0.1", "64:ff9b::a00:1"},
  };
  for (const auto& [address, expected] : cases) {
    CAPTURE(address);
    CHECK(destination(ip(address)) == ip(expected));
  }
}

TEST_CASE("no_hosts_address: first and last of each block, and their neighbors") {
  const struct {
    const char* address;
    std::string_view what;
  } cases[] = {
      {"0.0.0.0", "the unspecified address"},
      {"::", "the unspecified address"},
      {"0.0.0.1", "an address of \"this network\""},
      {"0.255.255.255", "an address of \"this network\""},
      {"1.0.0.0", ""},
      {"126.255.255.255", ""},
      {"127.0.0.0", "a loopback address"},
      {"127.255.255.255", "a loopback address"},
      {"::1", "a loopback address"},
      {"128.0.0.0", ""},
      {"::2", ""},
      {"169.253.255.255", ""},
      {"169.254.0.0", "a link-local address"},
      {"169.254.169.253", "a link-local address"},
      {"169.254.169.254", "a cloud's metadata address"},
      {"fd00:ec2::254", "a cloud's metadata address"},
      {"fd00:ec2::253", ""},
      {"169.255.0.0", ""},
      {"fe80::1", "a link-local address"},
      {"fec0::1", ""},
      {"223.255.255.255", ""},
      {"224.0.0.0", "a multicast address"},
      {"239.255.255.255", "a multicast address"},
      {"ff02::1", "a multicast address"},
      {"240.0.0.0", "a reserved address"},
      {"255.255.255.254", "a reserved address"},
      {"255.255.255.255", "the broadcast address"},
      {"::ffff:169.254.169.254", "a cloud's metadata address"},
      {"::ffff:192.0.2.1", ""},
      {"10.0.0.1", ""},
      {"2001:db8::1", ""},
  };
  for (const auto& [address, what] : cases) {
    CAPTURE(address);
    CHECK(no_hosts_address(ip(address)).value_or("") == what);
  }
}

TEST_CASE("is_loopback and is_stand_in") {
  CHECK(is_loopback(ip("127.1.2.3")));
  CHECK(is_loopback(ip("::1")));
  CHECK(is_loopback(ip("::ffff:127.0.0.1")));
  CHECK_FALSE(is_loopback(ip("128.0.0.1")));
  CHECK_FALSE(is_loopback(ip("::")));
  CHECK(is_stand_in(ip("198.18.0.0")));
  CHECK(is_stand_in(ip("198.19.255.255")));
  CHECK_FALSE(is_stand_in(ip("198.20.0.0")));
  CHECK_FALSE(is_stand_in(ip("198.17.255.255")));
}
