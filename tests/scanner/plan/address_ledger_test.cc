#include "scanner/plan/address_ledger.h"

#include <doctest/doctest.h>

#include <random>
#include <unordered_map>

namespace fleetscan::plan {
namespace {

Address address(std::uint32_t index) { return Address::v4(0x0a000000 + index); }

}  // namespace

TEST_CASE("AddressLedger: counts like a map") {
  plan::AddressLedger ledger;
  std::unordered_map<std::uint32_t, unsigned> model;
  std::mt19937 random(20261121);
  for (int i = 0; i < 200000; ++i) {
    const auto index = static_cast<std::uint32_t>(random() % 50000);
    if (random() % 4 == 0) {
      ledger.undo(address(index));
      if (model[index] > 0) --model[index];
    } else {
      ledger.add(address(index));
      ++model[index];
    }
    REQUIRE(ledger.connections(address(index)) == model[index]);
  }
  for (const auto& [index, count] : model) REQUIRE(ledger.connections(address(index)) == count);
  CHECK(ledger.connections(address(50000)) == 0);
}

TEST_CASE("AddressLedger: tells families and scopes apart") {
  plan::AddressLedger ledger;
  const auto one = *Address::parse("fe80::1%1"), two = *Address::parse("fe80::1%2");
  ledger.add(one);
  CHECK(ledger.connections(one) == 1);
  CHECK(ledger.connections(two) == 0);
  ledger.add(*Address::parse("0.0.0.0"));
  CHECK(ledger.connections(*Address::parse("::")) == 0);
}

TEST_CASE("AddressLedger: tells IPv4 addresses apart, near and far") {
  plan::AddressLedger ledger;
  for (const std::uint32_t step : {1U, 256U, 65536U, 2654435769U}) {
    CAPTURE(step);
    for (std::uint32_t i = 1; i <= 20000; ++i) {
      const auto one = Address::v4(i * step);
      ledger.undo(one);  // met with another step
      REQUIRE(ledger.connections(one) == 0);
      ledger.add(one);
    }
  }
}

TEST_CASE("AddressLedger: remembers the last ones, forgets long before") {
  plan::AddressLedger ledger;
  constexpr auto kMany = static_cast<std::uint32_t>(plan::AddressLedger::kRemembered);
  ledger.add(address(0));
  for (std::uint32_t i = 1; i < kMany; ++i) ledger.add(address(i));
  CHECK(ledger.connections(address(0)) == 1);
  ledger.add(address(0));  // met again: it counts on
  for (std::uint32_t i = 0; i < kMany - 1; ++i) ledger.add(address(kMany + i));
  CHECK(ledger.connections(address(0)) == 2);
  for (std::uint32_t i = 0; i < kMany; ++i) ledger.add(address(2 * kMany + i));
  CHECK(ledger.connections(address(0)) == 0);
  CHECK(ledger.connections(address(3 * kMany - 1)) == 1);
}

TEST_CASE("AddressLedger: what is taken back does not come back from before") {
  plan::AddressLedger ledger;
  constexpr auto kMany = static_cast<std::uint32_t>(plan::AddressLedger::kRemembered);
  for (std::uint32_t i = 0; i < kMany; ++i) ledger.add(address(i));
  ledger.undo(address(0));
  CHECK(ledger.connections(address(0)) == 0);
}

TEST_CASE("AddressLedger: counting ends, it does not start over") {
  plan::AddressLedger ledger;
  for (unsigned i = 0; i < 2 * plan::AddressLedger::kMost; ++i) ledger.add(address(1));
  CHECK(ledger.connections(address(1)) == AddressLedger::kMost);
}

}  // namespace fleetscan::plan
