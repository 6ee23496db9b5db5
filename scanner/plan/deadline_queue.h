#pragma once
// DeadlineQueue serves many deadlines in order of time, so that one timer can stand for thousands.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "scanner/plan/recycled_map.h"

namespace fleetscan::plan {

/// At most one deadline per id.
///
/// push() and pop_due() cost O(log n); cancel(), and moving a deadline to a later time, cost O(1):
/// the old entry stays in the heap and is dropped or put right when it comes up. Memory is
/// O(size()).
class DeadlineQueue {
 public:
  /// Sets the deadline of `id`, or moves it, to an earlier or a later time.
  void push(std::uint64_t id, TimePoint when);

  /// Forgets the deadline of `id`; no harm if there is none.
  void cancel(std::uint64_t id);

  /// The earliest deadline; nothing if there is none.
  [[nodiscard]] std::optional<TimePoint> next();

  /// Removes the deadlines at or before `now` and returns their ids, earliest first; ids of equal
  /// deadlines come in ascending order.
  [[nodiscard]] std::vector<std::uint64_t> pop_due(TimePoint now);

  [[nodiscard]] std::size_t size() const { return deadlines_.size(); }

 private:
  struct Entry {
    TimePoint when;
    std::uint64_t id;
    auto operator<=>(const Entry&) const = default;
  };

  void add(const Entry& entry);
  void drop_top();
  void settle_top();
  void compact();

  std::vector<Entry> heap_;  ///< earliest first; for each id an entry no later than its deadline
  RecycledMap<std::uint64_t, TimePoint> deadlines_;
};

}  // namespace fleetscan::plan
