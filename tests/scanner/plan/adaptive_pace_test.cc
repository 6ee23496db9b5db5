#include "scanner/plan/adaptive_pace.h"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::plan;

namespace {

const Prefix kSubnet{Address::v4(0x0a000000), 24};

/// Whether an attempt fails that was started as one of `in_flight`.
using World = std::function<bool(std::size_t in_flight)>;

/// Attempts end one after the other, in the order of their start, and each end makes room for as
/// many as the window holds. @return the window after each end
std::vector<std::size_t> windows(AdaptivePace& pace, const World& world, int ends) {
  std::deque<bool> in_flight;
  std::vector<std::size_t> seen;
  for (int i = 0; i < ends; ++i) {
    while (in_flight.size() < pace.window(kSubnet))
      in_flight.push_back(world(in_flight.size() + 1));
    pace.finished(kSubnet, in_flight.front());
    in_flight.pop_front();
    seen.push_back(pace.window(kSubnet));
  }
  return seen;
}

double mean_of_last(const std::vector<std::size_t>& values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = values.size() - count; i < values.size(); ++i)
    sum += static_cast<double>(values[i]);
  return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("AdaptivePace: settles where the subnet bears it") {
  std::mt19937 random(1);
  const auto chance = [&](double part) {
    return static_cast<double>(random()) < part * 4294967296.0;
  };
  struct Case {
    std::string name;
    World world;
    double least, most;  ///< the window in the end, on average
  };
  // clang-format off
  const std::vector<Case> cases = {
      {"all is well", [](auto) { return false; }, 64, 64},
      {"everybody is dead, whatever we do", [](auto) { return true; }, 64, 64},
      {"a third is dead", [&](auto) { return chance(0.33); }, 40, 64},
      {"a few are dead", [&](auto) { return chance(0.05); }, 60, 64},
      {"a limit of 8", [](auto n) { return n > 8; }, 3, 13},
      {"a limit of 20", [](auto n) { return n > 20; }, 8, 30},
      {"a limit of 8, a tenth dead", [&](auto n) { return n > 8 || chance(0.1); }, 3, 16},
      {"a limit of 1", [](auto n) { return n > 1; }, 1, 4},
  };
  // clang-format on
  for (const auto& [name, world, least, most] : cases) {
    CAPTURE(name);
    AdaptivePace pace(64);
    const auto mean = mean_of_last(windows(pace, world, 5000), 3000);
    CAPTURE(mean);
    CHECK(mean >= least);
    CHECK(mean <= most);
  }
}

TEST_CASE("AdaptivePace: recovers when the limit is gone") {
  AdaptivePace pace(64);
  CHECK(windows(
            pace, [](auto n) { return n > 4; }, 1000)
            .back() <= 10);
  CHECK(windows(
            pace, [](auto) { return false; }, 2000)
            .back() == 64);
}

TEST_CASE("AdaptivePace: each subnet for itself, never below one") {
  AdaptivePace pace(16);
  const Prefix other{Address::v4(0x0a000100), 24};
  for (int i = 0; i < 8; ++i) pace.finished(other, false);
  for (int i = 0; i < 16; ++i) pace.finished(kSubnet, i > 0);
  CHECK(pace.window(kSubnet) == 8);
  CHECK(pace.window(other) == 16);
  AdaptivePace narrow(1);
  for (int i = 0; i < 100; ++i) {
    narrow.finished(kSubnet, true);
    REQUIRE(narrow.window(kSubnet) == 1);
  }
}

TEST_CASE("may_be_our_load") {
  CHECK(may_be_our_load(Outcome::banner_throttled));
  CHECK(may_be_our_load(Outcome::connect_timeout));
  CHECK_FALSE(may_be_our_load(Outcome::ok));
  CHECK_FALSE(may_be_our_load(Outcome::connect_refused));
  CHECK_FALSE(may_be_our_load(Outcome::scanner_resources));
}
