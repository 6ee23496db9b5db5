#include "commands/progress_display.h"

#include <doctest/doctest.h>

#include "tests/support/captured_output.h"

namespace fleetscan::commands {
namespace {

using namespace std::chrono_literals;

const TimePoint t0{};
const Terminal kTerminal{.interactive = true, .color = true, .unicode = true, .width = 132};

Progress progress(std::uint64_t done, std::uint64_t total = 100) {
  Progress progress(total, t0);
  for (std::uint64_t i = 0; i < done; ++i) progress.add(probe::State::reachable);
  return progress;
}

/// What is drawn once, a second after the start.
std::string drawn(ProgressStyle style, const Terminal& terminal) {
  ProgressDisplay display(style, terminal, t0);
  auto half = progress(50);
  return test::said_by([&] { display.show(half, t0 + 1s, {0ms}); });
}

TEST_CASE("ProgressDisplay: the style decides, and `automatic` asks the terminal") {
  const auto bar = "\r50% 50/100 · ETA 1s · ok 50 · failed 0 · 50/s\033[K";
  const auto line = "50% 50/100 · ETA 1s · ok 50 · failed 0 · 50/s\n";
  auto file = kTerminal;
  file.interactive = false;
  CHECK(drawn(ProgressStyle::automatic, kTerminal) == bar);
  CHECK(drawn(ProgressStyle::automatic, file) == line);
  CHECK(drawn(ProgressStyle::bar, file) == bar);
  CHECK(drawn(ProgressStyle::plain, kTerminal) == line);
  CHECK(drawn(ProgressStyle::none, kTerminal).empty());
}

TEST_CASE("ProgressDisplay: without UTF-8 the line is ASCII") {
  auto terminal = kTerminal;
  terminal.unicode = false;
  CHECK(drawn(ProgressStyle::plain, terminal) == "50% 50/100 | ETA 1s | ok 50 | failed 0 | 50/s\n");
}

TEST_CASE("ProgressDisplay: a bar is cut one column before the edge, between characters") {
  auto terminal = kTerminal;
  terminal.width = 12;
  CHECK(drawn(ProgressStyle::bar, terminal) == "\r50% 50/100 \033[K");
  terminal.width = 13;
  CHECK(drawn(ProgressStyle::bar, terminal) == "\r50% 50/100 ·\033[K");
}

TEST_CASE("ProgressDisplay: clearing takes the bar away once") {
  ProgressDisplay display(ProgressStyle::bar, kTerminal, t0);
  auto half = progress(50);
  CHECK(test::said_by([&] { display.clear(); }).empty());
  const auto shown = test::said_by([&] {
    display.show(half, t0 + 1s, {0ms});
    display.clear();
    display.clear();
  });
  CHECK(shown.ends_with("\033[K\r\033[K"));
  CHECK(shown.find("\r\033[K") == shown.size() - 4);
}

TEST_CASE("ProgressDisplay: plain lines come every 10 s, or for each tenth a second apart") {
  ProgressDisplay display(ProgressStyle::plain, kTerminal, t0);
  const auto says = [&](std::uint64_t done, std::chrono::milliseconds at) {
    auto so_far = progress(done);
    return !test::said_by([&] { display.show(so_far, t0 + at, {0ms}); }).empty();
  };
  CHECK_FALSE(says(0, 0ms));
  CHECK_FALSE(says(10, 999ms));
  CHECK(says(10, 1s));
  CHECK_FALSE(says(19, 5s));
  CHECK(says(20, 5s));
  CHECK_FALSE(says(20, 14999ms));
  CHECK(says(20, 15s));
}

}  // namespace
}  // namespace fleetscan::commands
