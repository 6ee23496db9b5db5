#include "scanner/plan/deadline_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace fleetscan::plan {
namespace {

// Below this many entries stale ones are not worth sweeping up.
constexpr std::size_t kSmallHeap = 64;

}  // namespace

void DeadlineQueue::push(std::uint64_t id, TimePoint when) {
  const auto [place, added] = deadlines_.try_emplace(id);
  const bool covered = !added && place->second <= when;  // its entry comes up early enough
  place->second = when;
  if (!covered) add({when, id});
}

void DeadlineQueue::cancel(std::uint64_t id) {
  deadlines_.erase(id);
  compact();
}

std::optional<TimePoint> DeadlineQueue::next() {
  settle_top();
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

std::vector<std::uint64_t> DeadlineQueue::pop_due(TimePoint now) {
  std::vector<std::uint64_t> due;
  for (settle_top(); !heap_.empty() && heap_.front().when <= now; settle_top()) {
    due.push_back(heap_.front().id);
    deadlines_.erase(heap_.front().id);
    drop_top();
  }
  return due;
}

void DeadlineQueue::add(const Entry& entry) {
  heap_.push_back(entry);
  std::ranges::push_heap(heap_, std::greater{});
  compact();
}

void DeadlineQueue::drop_top() {
  std::ranges::pop_heap(heap_, std::greater{});
  heap_.pop_back();
}

// Makes the earliest entry one that states a deadline as it is.
void DeadlineQueue::settle_top() {
  while (!heap_.empty()) {
    const Entry top = heap_.front();
    const auto deadline = deadlines_.find(top.id);
    if (deadline != deadlines_.end() && deadline->second == top.when) return;
    drop_top();
    // An entry later than the deadline is a leftover: the deadline was moved forward since.
    if (deadline != deadlines_.end() && top.when < deadline->second)
      add({deadline->second, top.id});
  }
}

// Rebuilds the heap once most of it is stale, so that each sweep is paid for by the pushes before.
void DeadlineQueue::compact() {
  if (heap_.size() < kSmallHeap || heap_.size() < 2 * deadlines_.size()) return;
  heap_.clear();
  for (const auto& [id, when] : deadlines_) heap_.push_back({when, id});
  std::ranges::make_heap(heap_, std::greater{});
}

}  // namespace fleetscan::plan
