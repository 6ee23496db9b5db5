#include "inventory/permutation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::inventory;

namespace {

std::vector<std::uint64_t> all(std::uint64_t size, std::uint64_t seed) {
  const Permutation order(size, seed);
  std::vector<std::uint64_t> result(size);
  for (std::uint64_t i = 0; i < size; ++i) result[i] = order(i);
  return result;
}

}  // namespace

TEST_CASE("Permutation: each number stands at exactly one position") {
  for (const auto size :
       {1u, 2u, 3u, 4u, 5u, 15u, 16u, 17u, 255u, 256u, 257u, 1000u, 65536u, 65537u}) {
    CAPTURE(size);
    auto numbers = all(size, 7);
    std::ranges::sort(numbers);
    for (std::uint64_t i = 0; i < size; ++i) REQUIRE(numbers[i] == i);
  }
}

TEST_CASE("Permutation: the seed decides the order") {
  CHECK(all(1000, 1) == all(1000, 1));
  CHECK(all(1000, 1) != all(1000, 2));
}

TEST_CASE("Permutation: spreads neighbors: 256 subnets of 256 in every stretch of the order") {
  const Permutation order(65536, 0);
  for (std::uint64_t stretch = 0; stretch < 65536; stretch += 1024) {
    std::vector<int> in_subnet(256);
    for (std::uint64_t i = 0; i < 1024; ++i) ++in_subnet[order(stretch + i) / 256];
    CHECK(*std::ranges::max_element(in_subnet) <= 20);  // 4 on average
  }
}
