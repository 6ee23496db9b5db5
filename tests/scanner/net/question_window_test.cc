#include "scanner/net/question_window.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>

using namespace fleetscan;
using namespace fleetscan::net;

namespace {

constexpr std::size_t kMost = 1000;
constexpr TimePoint kStart{std::chrono::seconds(1)};

/// Lets rounds pass in each of which one question of `one_of` is lost; 0: none.
void pass(QuestionWindow& window, TimePoint& now, int rounds, std::size_t one_of) {
  for (int round = 0; round < rounds; ++round) {
    now += QuestionWindow::kRound;
    const auto questions = window.size();
    for (std::size_t i = 1; i <= questions; ++i) window.ended(one_of > 0 && i % one_of == 0, now);
  }
}

}  // namespace

TEST_CASE("QuestionWindow: opens while nothing is lost, or little, as paths lose it") {
  for (const std::size_t one_of : {0U, 100U, 20U}) {
    CAPTURE(one_of);
    QuestionWindow window(kMost);
    TimePoint now = kStart;
    CHECK(window.size() == QuestionWindow::kFirst);
    pass(window, now, 9, one_of);
    CHECK(window.size() == kMost);
  }
}

TEST_CASE("QuestionWindow: closes where a server takes no more, and opens again with care") {
  QuestionWindow window(kMost);
  TimePoint now = kStart;
  pass(window, now, 9, 0);
  REQUIRE(window.size() == kMost);
  pass(window, now, 1, 5);
  CHECK(window.size() == kMost / 2);
  pass(window, now, 1, 0);
  CHECK(window.size() == kMost / 2 + kMost / 16);
  pass(window, now, 50, 1);
  CHECK(window.size() == QuestionWindow::kLeast);
  pass(window, now, 100, 0);
  CHECK(window.size() == kMost);
}

TEST_CASE("QuestionWindow: a round takes as long as a loss needs to be noticed") {
  QuestionWindow window(kMost);
  for (int i = 0; i < 10000; ++i) window.ended(false, kStart);
  CHECK(window.size() == QuestionWindow::kFirst);
}

TEST_CASE("QuestionWindow: keeps within what was asked for") {
  QuestionWindow window(2);
  TimePoint now = kStart;
  CHECK(window.size() == 2);
  pass(window, now, 5, 1);
  CHECK(window.size() == 2);
  pass(window, now, 5, 0);
  CHECK(window.size() == 2);
}
