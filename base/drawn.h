#pragma once
// Drawn: a bounded sample of arbitrarily many items that does not depend on their order.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace fleetscan {

/// Where a text stands among all texts: the same in every run and on every machine (FNV-1a with a
/// finalizer).
[[nodiscard]] constexpr std::uint64_t draw(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdU;  // spreads what the last bytes changed
  return hash ^ (hash >> 33);
}

/// Keeps the things with the lowest tickets: at most `limit` of them, and together of no more
/// weight than `budget`. In memory are at most twice as many, or twice that weight.
template <typename T>
class Drawn {
 public:
  struct Entry {
    std::uint64_t ticket;
    std::size_t weight;
    T thing;
  };

  explicit Drawn(std::size_t limit, std::size_t budget = ~std::size_t{0})
      : limit_(limit), budget_(budget) {}

  /// False for a ticket that cannot win any more: spares the making of its thing.
  [[nodiscard]] bool may_win(std::uint64_t ticket) const { return ticket <= highest_; }

  void add(std::uint64_t ticket, T thing, std::size_t weight = 0) {
    ++seen_;
    if (!may_win(ticket)) return;
    entries_.push_back({ticket, weight, std::move(thing)});
    weight_ += weight;
    if (entries_.size() >= 2 * limit_ || weight_ / 2 >= budget_) prune();
  }
  /// Counts a thing that was not made because may_win() said no.
  void lost() { ++seen_; }

  /// The winners, in no particular order.
  [[nodiscard]] const std::vector<Entry>& winners() {
    prune();
    return entries_;
  }
  /// The same, handed over.
  [[nodiscard]] std::vector<Entry> take() {
    prune();
    weight_ = 0;
    return std::exchange(entries_, {});
  }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  /// REQUIRES: no budget
  [[nodiscard]] std::uint64_t left_out() const {
    return seen_ - std::min<std::uint64_t>(seen_, limit_);
  }

 private:
  static bool before(const Entry& a, const Entry& b) { return a.ticket < b.ticket; }

  void prune() {
    if (entries_.size() > limit_) {
      const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(limit_);
      std::nth_element(entries_.begin(), last, entries_.end(), before);
      drop_from(last);
    }
    if (weight_ <= budget_) return;
    std::sort(entries_.begin(), entries_.end(), before);
    std::size_t sum = 0;
    drop_from(std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      sum += entry.weight;
      return sum > budget_;
    }));
  }

  /// REQUIRES: what stands before `first` has lower tickets than it, and all behind it higher ones
  void drop_from(typename std::vector<Entry>::iterator first) {
    highest_ = first->ticket;
    for (auto entry = first; entry != entries_.end(); ++entry) weight_ -= entry->weight;
    entries_.erase(first, entries_.end());
  }

  std::size_t limit_, budget_;
  std::vector<Entry> entries_;
  std::size_t weight_ = 0;  ///< of all entries
  std::uint64_t highest_ = ~std::uint64_t{0};
  std::uint64_t seen_ = 0;
};

}  // namespace fleetscan
