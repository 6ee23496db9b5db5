#pragma once
// TokenBucket limits a stream of events to a rate.

#include "base/clock.h"

namespace fleetscan::plan {

/// At most `rate` events a second, in bursts of at most a twentieth of a second's worth.
class TokenBucket {
 public:
  /// @param rate  events per second; 0 = no limit
  TokenBucket(double rate, TimePoint now);

  /// Takes one token; false if there is none yet.
  [[nodiscard]] bool take(TimePoint now);

  /// When take() will be true; `now` if it would be at once.
  [[nodiscard]] TimePoint ready_at(TimePoint now) const;

 private:
  [[nodiscard]] double tokens_at(TimePoint now) const;

  double rate_;
  double capacity_;
  double tokens_;
  TimePoint updated_;
};

}  // namespace fleetscan::plan
