#include "reports/summary/quantiles.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fleetscan::summary {
namespace {

constexpr Micros kLongest = std::chrono::hours(24);

}  // namespace

// Values below 2 * kSub have a bucket each. Above, a value's bucket is given by its highest bit and
// the kSubBits bits that follow.
std::size_t Quantiles::bucket_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > kSubBits + 1 ? width - kSubBits - 1 : 0;
  return std::min<std::size_t>(shift * kSub + (value >> shift), kBuckets - 1);
}

std::uint64_t Quantiles::floor_of(std::size_t bucket) {
  if (bucket < 2 * kSub) return bucket;
  const auto shift = bucket / kSub - 1;
  return static_cast<std::uint64_t>(kSub + bucket % kSub) << shift;
}

void Quantiles::add(Micros value) {
  value = std::max(value, Micros(0));
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value.count()))];
  ++count_;
  sum_ += std::min(value, kLongest).count();  // so that no sum overflows
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

Micros Quantiles::at(double share) const {
  if (count_ == 0) return Micros(0);
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && (seen += buckets_[bucket]) < wanted) ++bucket;
  const auto ceiling = static_cast<Micros::rep>(floor_of(bucket + 1)) - 1;
  return std::clamp(Micros(ceiling), min_, max_);
}

std::uint64_t Quantiles::between(Micros below, Micros above) const {
  const auto first = bucket_of(static_cast<std::uint64_t>(std::max(below, Micros(0)).count()));
  const auto last = bucket_of(static_cast<std::uint64_t>(std::max(above, Micros(0)).count()));
  std::uint64_t sum = 0;
  for (auto bucket = first; bucket < last; ++bucket) sum += buckets_[bucket];
  return sum;
}

}  // namespace fleetscan::summary
