#include "reports/summary/quantiles.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

using namespace fleetscan;
using namespace fleetscan::summary;

TEST_CASE("Quantiles: nothing, one value, two") {
  Quantiles quantiles;
  CHECK(quantiles.at(0.5) == Micros(0));
  CHECK(quantiles.min() == Micros(0));
  quantiles.add(Micros(1'000'000));
  for (const double share : {0.0, 0.5, 1.0}) CHECK(quantiles.at(share) == Micros(1'000'000));
  quantiles.add(Micros(-5));
  CHECK(quantiles.min() == Micros(0));
  CHECK(quantiles.at(0.5) == Micros(0));
  CHECK(quantiles.at(0.51) == Micros(1'000'000));
}

TEST_CASE("Quantiles: at most 3.2% above the true percentile, never below") {
  CHECK(rc::check([](const std::vector<std::uint32_t>& values) {
    RC_PRE(!values.empty());
    Quantiles quantiles;
    auto sorted = values;
    std::ranges::sort(sorted);
    for (const auto value : values) quantiles.add(Micros(value));
    for (const double share : {0.0, 0.1, 0.5, 0.9, 0.99, 1.0}) {
      const auto rank =
          static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
      const double truth = sorted[rank == 0 ? 0 : rank - 1];
      const auto found = static_cast<double>(quantiles.at(share).count());
      RC_ASSERT(found >= truth);
      RC_ASSERT(found <= truth * 1.032 + 1);
    }
  }));
}

TEST_CASE("Quantiles: between powers of two it counts exactly") {
  Quantiles quantiles;
  for (int i = 0; i < 5000; ++i) quantiles.add(Micros(i));
  for (int power = 1; power < 4096; power *= 2) {
    CHECK(quantiles.between(Micros(power), Micros(2 * power)) == static_cast<std::uint64_t>(power));
    if (power > 1)
      CHECK(quantiles.between(Micros(power), Micros(power + power / 2)) ==
            static_cast<std::uint64_t>(power / 2));
  }
  CHECK(quantiles.between(Micros(0), Micros(1 << 20)) == 5000);
}

TEST_CASE("Quantiles: values beyond all bounds count as very long") {
  Quantiles quantiles;
  quantiles.add(Micros::max());
  CHECK(quantiles.count() == 1);
  CHECK(quantiles.at(0.5) == Micros::max());
}
