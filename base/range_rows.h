#pragma once
// Sorted ranges of addresses as integers: merging overlaps, cutting holes.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "base/address.h"

namespace fleetscan {

__extension__ using uint128 = unsigned __int128;

/// Where a target was named, and which annotation (see TargetTable) it has.
struct Origin {
  std::uint32_t annotation = 0;
  std::uint32_t line = 0;
  std::uint16_t source = 0;

  bool operator==(const Origin&) const = default;
};

/// All addresses from first to last on one port. `Key` is uint32_t (IPv4) or uint128 (IPv6).
template <typename Key>
struct RangeRow {
  Key first, last;
  std::uint32_t annotation, line;
  std::uint16_t source, port;

  /// How many addresses; the largest uint64 if there are more.
  [[nodiscard]] std::uint64_t count() const {
    constexpr auto kMany = std::numeric_limits<std::uint64_t>::max();
    const Key difference = last - first;
    return difference >= kMany ? kMany : static_cast<std::uint64_t>(difference) + 1;
  }
};

template <typename Key>
using RangeRows = std::vector<RangeRow<Key>>;

[[nodiscard]] inline uint128 key_of(const Address& address) {
  uint128 key = 0;
  for (const auto byte : address.bytes()) key = key << 8 | byte;
  return address.is_v4() ? key >> 96 : key;
}

[[nodiscard]] inline Address address_of(std::uint32_t key) { return Address::v4(key); }
[[nodiscard]] inline Address address_of(uint128 key) {
  std::array<std::uint8_t, 16> bytes;
  for (std::size_t i = 16; i-- > 0; key >>= 8) bytes[i] = static_cast<std::uint8_t>(key);
  return Address::v6(bytes);
}

/// Sorts by port and address and makes the rows disjoint; where several covered an address, the
/// result has the first one's place and unite() of their annotations.
/// @param unite  (uint32_t, uint32_t) -> uint32_t
/// @return how many addresses were named more than once, each time counted
template <typename Key, typename Unite>
std::uint64_t unite_overlaps(RangeRows<Key>& rows, const Unite& unite);

/// Cuts out what `holes` cover. Both are sorted and disjoint, and the rows have one port; a hole's
/// port does not matter.
/// @param on_cut  (row, hole) for each part that was cut out, `row` being that part
template <typename Key, typename OnCut>
[[nodiscard]] RangeRows<Key> without_holes(std::span<const RangeRow<Key>> rows,
                                           const RangeRows<Key>& holes, const OnCut& on_cut) {
  RangeRows<Key> result;
  auto hole = holes.begin();
  for (auto row : rows) {
    while (hole != holes.end() && hole->last < row.first) ++hole;
    bool left = true;
    for (auto at = hole; left && at != holes.end() && at->first <= row.last; ++at) {
      auto cut = row;
      if (at->first > row.first) {
        auto before = row;
        before.last = at->first - 1;
        result.push_back(before);
        cut.first = at->first;
      }
      cut.last = std::min(row.last, at->last);
      on_cut(cut, *at);
      left = at->last < row.last;
      if (left) row.first = at->last + 1;
    }
    if (left) result.push_back(row);
  }
  return result;
}

/// The rows that cover an address at one moment of a sweep over rising addresses.
template <typename Key>
class ActiveRows {
 public:
  void add(const RangeRow<Key>& row) {
    ends_.emplace(row.last, row);
    ++annotations_[row.annotation];
    places_.insert({row.source, row.line});
  }
  void remove_ended(Key last) {
    while (!ends_.empty() && ends_.begin()->first == last) {
      const auto& row = ends_.begin()->second;
      if (--annotations_[row.annotation] == 0) annotations_.erase(row.annotation);
      places_.erase(places_.find({row.source, row.line}));
      ends_.erase(ends_.begin());
    }
  }
  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] Key next_end() const { return ends_.begin()->first; }

  template <typename Unite>
  [[nodiscard]] RangeRow<Key> row(Key first, Key last, std::uint16_t port,
                                  const Unite& unite) const {
    std::uint32_t annotation = 0;
    for (const auto& [id, count] : annotations_) annotation = unite(annotation, id);
    const auto& [source, line] = *places_.begin();
    return {first, last, annotation, line, source, port};
  }

 private:
  std::multimap<Key, RangeRow<Key>> ends_;
  std::map<std::uint32_t, std::size_t> annotations_;
  std::multiset<std::pair<std::uint16_t, std::uint32_t>> places_;
};

/// Appends `row`, or extends the last one if it goes on where that ended.
template <typename Key>
void append_or_extend(RangeRows<Key>& rows, const RangeRow<Key>& row) {
  if (!rows.empty()) {
    auto& last = rows.back();
    if (last.port == row.port && last.last + 1 == row.first && last.annotation == row.annotation &&
        last.line == row.line && last.source == row.source) {
      last.last = row.last;
      return;
    }
  }
  rows.push_back(row);
}

template <typename Key>
[[nodiscard]] std::uint64_t total(const RangeRows<Key>& rows) {
  std::uint64_t sum = 0;
  for (const auto& row : rows)
    if (__builtin_add_overflow(sum, row.count(), &sum))
      return std::numeric_limits<std::uint64_t>::max();
  return sum;
}

template <typename Key, typename Unite>
std::uint64_t unite_overlaps(RangeRows<Key>& rows, const Unite& unite) {
  const auto order = [](const RangeRow<Key>& row) {
    return std::tuple(row.port, row.first, row.source, row.line);
  };
  const auto sorted = [&](const auto& a, const auto& b) { return order(a) < order(b); };
  if (!std::ranges::is_sorted(rows, sorted)) std::ranges::sort(rows, sorted);
  const auto overlaps = [](const auto& a, const auto& b) {
    return a.port == b.port && a.last >= b.first;
  };
  if (std::ranges::adjacent_find(rows, overlaps) == rows.end()) return 0;

  const auto before = total(rows);
  RangeRows<Key> result;
  ActiveRows<Key> active;
  Key at = 0;
  std::uint16_t port = 0;
  const auto sweep_to = [&](bool bounded, Key limit) {  // up to but excluding limit
    while (!active.empty() && (!bounded || at < limit)) {
      auto last = active.next_end();
      if (bounded && last >= limit) last = limit - 1;
      append_or_extend(result, active.row(at, last, port, unite));
      active.remove_ended(last);
      at = last + 1;
    }
  };
  for (const auto& row : rows) {
    sweep_to(row.port == port, row.first);
    at = row.first;
    port = row.port;
    active.add(row);
  }
  sweep_to(false, 0);
  rows = std::move(result);
  return before - total(rows);
}

}  // namespace fleetscan
