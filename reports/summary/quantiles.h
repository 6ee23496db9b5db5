#pragma once
// Quantiles counts durations in logarithmic buckets: percentiles and histograms in fixed memory.

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fleetscan::summary {

/// Counts durations from 0 to about 19 hours (longer ones count as that). Each power of two has 32
/// buckets, so a percentile is at most 3.2% too high, and never above the largest value seen.
/// Order of adding does not matter.
class Quantiles {
 public:
  void add(Micros value);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The smallest and largest value; zero while nothing was added.
  [[nodiscard]] Micros min() const { return count_ == 0 ? Micros(0) : min_; }
  [[nodiscard]] Micros max() const { return max_; }
  [[nodiscard]] Micros sum() const { return Micros(sum_); }

  /// The value that `share` (0 to 1) of all values do not exceed; zero while nothing was added.
  [[nodiscard]] Micros at(double share) const;

  /// Values v with below <= v < above, exact where both are powers of two (in microseconds).
  [[nodiscard]] std::uint64_t between(Micros below, Micros above) const;

 private:
  static constexpr unsigned kSubBits = 5;
  static constexpr unsigned kSub = 1U << kSubBits;
  static constexpr unsigned kOctaves = 32;
  static constexpr std::size_t kBuckets = (kOctaves + 1) * kSub;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value);
  /// The smallest value of the bucket.
  [[nodiscard]] static std::uint64_t floor_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  Micros::rep sum_ = 0;
  Micros min_ = Micros::max();
  Micros max_{0};
};

}  // namespace fleetscan::summary
