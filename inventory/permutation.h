#pragma once
// Permutation: a seeded pseudo-random order of the numbers 0 to n-1 that
// needs no memory per number.

#include <array>
#include <cstdint>

namespace fleetscan::inventory {

/// A Feistel network over the next even power of two; numbers outside are walked through.
class Permutation {
 public:
  /// REQUIRES: size <= 2^62
  Permutation(std::uint64_t size, std::uint64_t seed);

  /// What stands at `position`. Each number below size() stands at exactly one position.
  /// REQUIRES: position < size()
  [[nodiscard]] std::uint64_t operator()(std::uint64_t position) const;

  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  static constexpr int kRounds = 4;

  std::uint64_t size_;
  int half_bits_;
  std::array<std::uint64_t, kRounds> keys_;
};

}  // namespace fleetscan::inventory
