#include "scanner/plan/token_bucket.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/clock.h"

namespace fleetscan::plan {

using Seconds = std::chrono::duration<double>;

TokenBucket::TokenBucket(double rate, TimePoint now)
    : rate_(rate), capacity_(std::max(1.0, rate / 20)), tokens_(capacity_), updated_(now) {}

bool TokenBucket::take(TimePoint now) {
  if (rate_ == 0) return true;
  tokens_ = tokens_at(now);
  updated_ = std::max(updated_, now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

TimePoint TokenBucket::ready_at(TimePoint now) const {
  const double missing = rate_ == 0 ? 0 : 1 - tokens_at(now);
  if (missing <= 0) return now;
  // Rounded up, and a microsecond more against rounding in tokens_at: ready means ready.
  return now + std::chrono::microseconds{std::llround(std::ceil(missing / rate_ * 1e6)) + 1};
}

double TokenBucket::tokens_at(TimePoint now) const {
  const double passed = std::max(0.0, Seconds{now - updated_}.count());
  return std::min(capacity_, tokens_ + passed * rate_);
}

}  // namespace fleetscan::plan
