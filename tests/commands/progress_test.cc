#include "commands/progress.h"

#include <doctest/doctest.h>

#include <string>

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::commands;
using namespace std::chrono_literals;

namespace {

const TimePoint start{};

}  // namespace

TEST_CASE("Progress: counts, rate and the foreseen end") {
  Progress progress(100000, start);
  for (int i = 0; i < 4000; ++i) progress.add(State::reachable);
  for (int i = 0; i < 1000; ++i) progress.add(State::unreachable);
  CHECK(progress.line(start + 5s, {0s}) ==
        "5% 5,000/100,000 · ETA 1m35s · ok 4,000 · failed 1,000 · 1,000/s");
  progress.add(State::unknown);
  progress.add(State::degraded);
  progress.add(State::skipped);
  CHECK(progress.line(start + 5s, {0s}).find("ok 4,001 · failed 1,000 · unknown 1 ·") !=
        std::string::npos);
}

TEST_CASE("Progress: what comes behind the last one asked is added") {
  Progress progress(11000, start);
  for (int i = 0; i < 1000; ++i) progress.add(State::reachable);
  CHECK(progress.line(start + 1s, {19s}) ==
        "9% 1,000/11,000 · ETA 29s · ok 1,000 · failed 0 · 1,000/s");
}

TEST_CASE("Progress: who is to be asked again has failed, and the end comes near") {
  Progress progress(300, start);
  for (int i = 0; i < 238; ++i) progress.add(State::reachable);
  for (int i = 0; i < 4; ++i) progress.add(State::unreachable);
  CHECK(progress.line(start + 1s, {20s, 48}) ==
        "80% 242/300 · ETA 21s · ok 238 · failed 52, 48 of them to be asked again · 242/s");
  for (int i = 0; i < 10; ++i) progress.add(State::unreachable);
  CHECK(progress.line(start + 6s, {14s, 48}) ==
        "252/300 done · about 14s more, 48 to be asked again · ok 238 · failed 62");
}

TEST_CASE("Progress: the rate is that of the last seconds") {
  Progress progress(1000000, start);
  for (int i = 0; i < 10000; ++i) progress.add(State::reachable);
  for (auto t = 1s; t <= 30s; t += 1s) {
    for (int i = 0; i < 7; ++i) progress.add(State::reachable);
    static_cast<void>(progress.line(start + t, {0s}));
  }
  CHECK(progress.line(start + 30s, {0s}).ends_with(" 7/s"));
}

TEST_CASE("Progress: nothing known yet, nothing left, nothing at all") {
  CHECK(Progress(10, start).line(start, {0s}) == "0% 0/10 · ok 0 · failed 0 · 0/s");
  Progress whole(1, start);
  whole.add(State::reachable);
  CHECK(whole.line(start + 1s, {0s}) == "100% 1/1 · ok 1 · failed 0 · 1/s");
  CHECK(Progress(0, start).line(start, {0s}) == "100% 0/0 · ok 0 · failed 0 · 0/s");
}

TEST_CASE("Progress: the time to come, as clocks show it") {
  const struct {
    std::chrono::milliseconds tail;
    std::string expected;
  } cases[] = {{1ms, "1s"}, {59s, "59s"}, {60s, "1m00s"}, {3599s, "59m59s"}, {3900s, "1h05m"}};
  for (const auto& [tail, expected] : cases) {
    Progress progress(1000001, start);
    for (int i = 0; i < 1000000; ++i) progress.add(State::reachable);
    CHECK(progress.line(start + 1ms, {tail}).find(" · ETA " + expected + " · ") !=
          std::string::npos);
  }
}
