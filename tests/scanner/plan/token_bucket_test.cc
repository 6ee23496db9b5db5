#include "scanner/plan/token_bucket.h"

#include <doctest/doctest.h>

using namespace fleetscan;
using namespace fleetscan::plan;
using namespace std::chrono_literals;

namespace {

const TimePoint t0{};

/// How many events pass in `span` when every tick of a millisecond takes all there is.
int events(double rate, std::chrono::milliseconds span) {
  TokenBucket bucket(rate, t0);
  int taken = 0;
  for (auto t = 0ms; t < span; t += 1ms)
    while (bucket.take(t0 + t)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("TokenBucket: holds the rate, with a burst of a twentieth of a second at most") {
  CHECK(events(1, 10s) == 10);
  CHECK(events(200, 10s) <= 2000 + 10);
  CHECK(events(200, 10s) >= 2000);
  CHECK(events(50000, 1s) <= 50000 + 2500);
  CHECK(events(50000, 1s) >= 50000);
}

TEST_CASE("TokenBucket: rate 0 is no limit") {
  TokenBucket bucket(0, t0);
  for (int i = 0; i < 100000; ++i) REQUIRE(bucket.take(t0));
  CHECK(bucket.ready_at(t0) == t0);
}

TEST_CASE("TokenBucket: says when it is ready, and is so then and not before") {
  for (const double rate : {0.1, 1.0, 3.0, 7.0, 1000.0}) {
    CAPTURE(rate);
    TokenBucket bucket(rate, t0);
    auto now = t0;
    for (int i = 0; i < 100; ++i) {
      while (bucket.take(now)) {
      }
      const auto ready = bucket.ready_at(now);
      CHECK_FALSE(bucket.take(ready - 10us));
      now = ready;
      CHECK(bucket.take(now));
    }
  }
}

TEST_CASE("TokenBucket: idle time is not saved up") {
  TokenBucket bucket(10, t0);
  int taken = 0;
  while (bucket.take(t0 + 1h)) ++taken;
  CHECK(taken == 1);
}
