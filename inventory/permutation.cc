#include "inventory/permutation.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace fleetscan::inventory {
namespace {

/// The finaliser of SplitMix64: every input bit reaches every output bit.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

}  // namespace

Permutation::Permutation(std::uint64_t size, std::uint64_t seed) : size_(size) {
  const auto bits = static_cast<int>(std::bit_width(size > 0 ? size - 1 : 0));
  half_bits_ = std::max(1, (bits + 1) / 2);
  for (auto& key : keys_) key = mixed(seed += 0x9e3779b97f4a7c15);
}

std::uint64_t Permutation::operator()(std::uint64_t position) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = position >> half_bits_, right = position & mask;
    for (const auto key : keys_) {
      const auto next = left ^ (mixed(right ^ key) & mask);
      left = right;
      right = next;
    }
    position = left << half_bits_ | right;
  } while (position >= size_);
  return position;
}

}  // namespace fleetscan::inventory
