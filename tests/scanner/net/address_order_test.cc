#include "scanner/net/address_order.h"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::net;

namespace {

/// "10.0.0.1<10.0.0.9": a destination, and our source address for it; without one: no route.
struct Candidate {
  Address destination;
  std::optional<Address> source;
};

Candidate candidate(const std::string& text) {
  const auto arrow = text.find('<');
  if (arrow == std::string::npos) return {*Address::parse(text), std::nullopt};
  return {*Address::parse(text.substr(0, arrow)), Address::parse(text.substr(arrow + 1))};
}

std::string sorted(const std::vector<std::string>& texts) {
  std::vector<Address> addresses;
  std::map<Address, std::optional<Address>> sources;
  for (const auto& text : texts) {
    const auto [destination, source] = candidate(text);
    addresses.push_back(destination);
    sources[destination] = source;
  }
  sort_by_preference(addresses, [&](const Address& address) { return sources.at(address); });
  std::string order;
  for (const auto& address : addresses) order += (order.empty() ? "" : " ") + address.to_string();
  return order;
}

}  // namespace

TEST_CASE("address order: the examples of RFC 6724 section 10.2") {
  CHECK(sorted({"2001:db8:1::1<2001:db8:1::2", "198.51.100.121<169.254.13.78"}) ==
        "2001:db8:1::1 198.51.100.121");  // prefer matching scope
  CHECK(sorted({"2001:db8:1::1<fe80::1", "198.51.100.121<198.51.100.117"}) ==
        "198.51.100.121 2001:db8:1::1");  // likewise
  CHECK(sorted({"10.1.2.3<10.1.2.4", "2001:db8:1::1<2001:db8:1::2"}) ==
        "2001:db8:1::1 10.1.2.3");  // prefer higher precedence
  CHECK(sorted({"2001:db8:1::1<2001:db8:1::2", "fe80::1<fe80::2"}) ==
        "fe80::1 2001:db8:1::1");  // prefer smaller scope
  CHECK(sorted({"2001:db8:3ffe::1<2001:db8:1::2", "2001:db8:1::1<2001:db8:1::2"}) ==
        "2001:db8:1::1 2001:db8:3ffe::1");  // longest matching prefix
  CHECK(sorted({"2002:c633:6401::1<2002:c633:6401::2", "2001:db8:1::1<2002:c633:6401::2"}) ==
        "2002:c633:6401::1 2001:db8:1::1");  // prefer matching label
  CHECK(sorted({"2002:c633:6401::1<2002:c633:6401::2", "2001:db8:1::1<2001:db8:1::2"}) ==
        "2001:db8:1::1 2002:c633:6401::1");  // prefer higher precedence
}

TEST_CASE("address order: what cannot be reached comes last, and ties stay as they came") {
  CHECK(sorted({"2001:db8::1", "10.0.0.1<10.0.0.9"}) == "10.0.0.1 2001:db8::1");
  CHECK(sorted({"10.0.0.2<10.0.0.9", "10.0.0.1<10.0.0.9"}) == "10.0.0.2 10.0.0.1");
  CHECK(sorted({"10.0.0.2", "10.0.0.1"}) == "10.0.0.2 10.0.0.1");
  CHECK(sorted({"::1<::1", "127.0.0.1<127.0.0.1"}) == "::1 127.0.0.1");
  CHECK(sorted({}).empty());
}
