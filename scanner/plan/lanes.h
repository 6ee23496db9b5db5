#pragma once
// Lanes limits how many may be under way at once per key: per subnet, per address.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>

#include "scanner/plan/recycled_map.h"

namespace fleetscan::plan {

/// One lane per key, each with as many places as the caller says each time. Who finds all places
/// taken is parked in that lane, first come, first served. Memory is O(those inside + those
/// parked).
template <typename Key>
class Lanes {
 public:
  /// @return true: `id` has a place and must leave() it later; false: it is parked.
  [[nodiscard]] bool enter(const Key& key, std::uint64_t id, std::size_t places) {
    auto& lane = lanes_[key];
    if (lane.inside >= places) {
      lane.parked.push_back(id);
      return false;
    }
    ++lane.inside;
    return true;
  }

  /// Gives one place back, and calls `wake(id)` for those parked first who now find one: they are
  /// no longer parked, and to be tried again.
  template <typename Wake>
  void leave(const Key& key, std::size_t places, Wake&& wake) {
    const auto place = lanes_.find(key);
    auto& lane = place->second;
    --lane.inside;
    // Two at most: where places have become more, they fill up step by step.
    for (std::size_t woken = 0; woken < 2 && lane.inside + woken < places; ++woken) {
      if (lane.parked.empty()) break;
      wake(lane.parked.front());
      lane.parked.pop_front();
    }
    if (lane.inside == 0 && lane.parked.empty()) lanes_.erase(place);
  }

  /// Forgets who is parked; those inside keep their places.
  void unpark_all() {
    for (auto entry = lanes_.begin(); entry != lanes_.end();) {
      entry->second.parked.clear();
      entry = entry->second.inside == 0 ? lanes_.erase(entry) : std::next(entry);
    }
  }

 private:
  struct Lane {
    std::size_t inside = 0;
    std::list<std::uint64_t> parked;  // empty in most lanes: a list then owns no memory
  };

  RecycledMap<Key, Lane> lanes_;
};

}  // namespace fleetscan::plan
