#include "scanner/plan/target_ledger.h"

#include <doctest/doctest.h>

#include <random>
#include <unordered_map>

namespace fleetscan::plan {
namespace {

Address address(std::uint32_t index) { return Address::v4(0x0a000000 + index); }

}  // namespace

TEST_CASE("TargetLedger: counts like a map") {
  plan::TargetLedger ledger;
  std::unordered_map<std::uint32_t, unsigned> model;
  std::mt19937 random(20261121);
  for (int i = 0; i < 200000; ++i) {
    const auto index = static_cast<std::uint32_t>(random() % 50000);
    if (random() % 4 == 0) {
      ledger.undo(address(index), 22);
      if (model[index] > 0) --model[index];
    } else {
      ledger.add(address(index), 22);
      ++model[index];
    }
    REQUIRE(ledger.connections(address(index), 22) == model[index]);
  }
  for (const auto& [index, count] : model) REQUIRE(ledger.connections(address(index), 22) == count);
  CHECK(ledger.connections(address(50000), 22) == 0);
}

TEST_CASE("TargetLedger: tells the ports of an address apart") {
  TargetLedger ledger;
  for (std::uint32_t port = 1; port <= 65535; ++port) {
    REQUIRE(ledger.connections(address(1), static_cast<std::uint16_t>(port)) == 0);
    ledger.add(address(1), static_cast<std::uint16_t>(port));
  }
  CHECK(ledger.connections(address(1), 40000) == 1);
  CHECK(ledger.connections(address(2), 40000) == 0);
}

TEST_CASE("TargetLedger: tells families and scopes apart") {
  plan::TargetLedger ledger;
  const auto one = *Address::parse("fe80::1%1"), two = *Address::parse("fe80::1%2");
  ledger.add(one, 22);
  CHECK(ledger.connections(one, 22) == 1);
  CHECK(ledger.connections(two, 22) == 0);
  ledger.add(*Address::parse("0.0.0.0"), 22);
  CHECK(ledger.connections(*Address::parse("::"), 22) == 0);
}

TEST_CASE("TargetLedger: tells IPv4 addresses apart, near and far") {
  plan::TargetLedger ledger;
  for (const std::uint32_t step : {1U, 256U, 65536U, 2654435769U}) {
    CAPTURE(step);
    for (std::uint32_t i = 1; i <= 20000; ++i) {
      const auto one = Address::v4(i * step);
      ledger.undo(one, 22);  // met with another step
      REQUIRE(ledger.connections(one, 22) == 0);
      ledger.add(one, 22);
    }
  }
}

TEST_CASE("TargetLedger: remembers the last ones, forgets long before") {
  plan::TargetLedger ledger;
  constexpr auto kMany = static_cast<std::uint32_t>(plan::TargetLedger::kRemembered);
  ledger.add(address(0), 22);
  for (std::uint32_t i = 1; i < kMany; ++i) ledger.add(address(i), 22);
  CHECK(ledger.connections(address(0), 22) == 1);
  ledger.add(address(0), 22);  // met again: it counts on
  for (std::uint32_t i = 0; i < kMany - 1; ++i) ledger.add(address(kMany + i), 22);
  CHECK(ledger.connections(address(0), 22) == 2);
  for (std::uint32_t i = 0; i < kMany; ++i) ledger.add(address(2 * kMany + i), 22);
  CHECK(ledger.connections(address(0), 22) == 0);
  CHECK(ledger.connections(address(3 * kMany - 1), 22) == 1);
}

TEST_CASE("TargetLedger: what is taken back does not come back from before") {
  plan::TargetLedger ledger;
  constexpr auto kMany = static_cast<std::uint32_t>(plan::TargetLedger::kRemembered);
  for (std::uint32_t i = 0; i < kMany; ++i) ledger.add(address(i), 22);
  ledger.undo(address(0), 22);
  CHECK(ledger.connections(address(0), 22) == 0);
}

TEST_CASE("TargetLedger: counting ends, it does not start over") {
  plan::TargetLedger ledger;
  for (unsigned i = 0; i < 2 * plan::TargetLedger::kMost; ++i) ledger.add(address(1), 22);
  CHECK(ledger.connections(address(1), 22) == TargetLedger::kMost);
}

}  // namespace fleetscan::plan
