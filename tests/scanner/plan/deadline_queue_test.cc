#include "scanner/plan/deadline_queue.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::plan;
using namespace std::chrono_literals;

namespace {

using Ids = std::vector<std::uint64_t>;
const TimePoint t0{};

}  // namespace

TEST_CASE("DeadlineQueue: gives what is due, in order of time, once") {
  DeadlineQueue queue;
  CHECK_FALSE(queue.next());
  queue.push(1, t0 + 30ms);
  queue.push(2, t0 + 10ms);
  queue.push(4, t0 + 20ms);
  queue.push(3, t0 + 20ms);
  CHECK(queue.next() == t0 + 10ms);
  CHECK(queue.pop_due(t0 + 9ms).empty());
  CHECK(queue.pop_due(t0 + 20ms) == Ids{2, 3, 4});
  CHECK(queue.pop_due(t0 + 20ms).empty());
  CHECK(queue.next() == t0 + 30ms);
  CHECK(queue.size() == 1);
}

TEST_CASE("DeadlineQueue: a deadline moves both ways") {
  DeadlineQueue queue;
  queue.push(1, t0 + 10ms);
  queue.push(1, t0 + 50ms);
  CHECK(queue.next() == t0 + 50ms);
  queue.push(1, t0 + 5ms);
  CHECK(queue.next() == t0 + 5ms);
  CHECK(queue.pop_due(t0 + 1h) == Ids{1});
  CHECK_FALSE(queue.next());
}

TEST_CASE("DeadlineQueue: what is canceled never comes up") {
  DeadlineQueue queue;
  queue.push(1, t0 + 10ms);
  queue.push(2, t0 + 20ms);
  queue.cancel(1);
  queue.cancel(7);
  CHECK(queue.next() == t0 + 20ms);
  CHECK(queue.pop_due(t0 + 1h) == Ids{2});
}

TEST_CASE("DeadlineQueue: agrees with a plain map under random use") {
  const bool holds = rc::check([](const std::vector<std::pair<int, std::uint8_t>>& steps) {
    DeadlineQueue queue;
    std::map<std::uint64_t, TimePoint> model;
    for (const auto& [action, value] : steps) {
      const std::uint64_t id = value % 16;
      const auto when = t0 + std::chrono::milliseconds{value / 4};
      switch (action & 3) {
        case 0: queue.cancel(id), model.erase(id); break;
        case 1: {
          std::vector<std::pair<TimePoint, std::uint64_t>> due;
          for (const auto& [other, at] : model)
            if (at <= when) due.emplace_back(at, other);
          std::ranges::sort(due);
          Ids expected;
          for (const auto& entry : due) expected.push_back(entry.second), model.erase(entry.second);
          RC_ASSERT(queue.pop_due(when) == expected);
          break;
        }
        default: queue.push(id, when), model[id] = when;
      }
      RC_ASSERT(queue.size() == model.size());
    }
  });
  CHECK(holds);
}
