#pragma once
// A bounded choice out of arbitrarily many things that does not depend on their order.

#include <algorithm>
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

/// Keeps the `limit` things with the lowest tickets; in memory are at most twice as many.
template <typename T>
class Drawn {
 public:
  struct Entry {
    std::uint64_t ticket;
    T thing;
  };

  explicit Drawn(std::size_t limit) : limit_(limit) {}

  /// False for a ticket that cannot win any more: spares the making of its thing.
  [[nodiscard]] bool may_win(std::uint64_t ticket) const { return ticket <= highest_; }

  void add(std::uint64_t ticket, T thing) {
    ++seen_;
    if (may_win(ticket)) entries_.push_back({ticket, std::move(thing)});
    if (entries_.size() >= 2 * limit_) prune();
  }
  /// Counts a thing that was not made because may_win() said no.
  void lost() { ++seen_; }

  /// The winners, in no particular order.
  [[nodiscard]] const std::vector<Entry>& winners() {
    if (entries_.size() > limit_) prune();
    return entries_;
  }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  [[nodiscard]] std::uint64_t left_out() const {
    return seen_ - std::min<std::uint64_t>(seen_, limit_);
  }

 private:
  void prune() {
    const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(limit_);
    std::nth_element(entries_.begin(), last, entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.ticket < b.ticket; });
    entries_.erase(last, entries_.end());
    highest_ = 0;
    for (const auto& entry : entries_) highest_ = std::max(highest_, entry.ticket);
  }

  std::size_t limit_;
  std::vector<Entry> entries_;
  std::uint64_t highest_ = ~std::uint64_t{0};
  std::uint64_t seen_ = 0;
};

}  // namespace fleetscan
