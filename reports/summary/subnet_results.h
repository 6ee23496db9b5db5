#pragma once
// SubnetResults: the results within one subnet, in a few bytes.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

/// Neighbors end in few classes: where host bits are small, each class takes 40 bytes and each
/// result a bit of them; all others take 16 bytes.
class SubnetResults {
 public:
  /// @param suffix  the host bits
  void add(std::uint64_t suffix, probe::Outcome outcome) {
    ++size_;
    if (suffix >= kBits) return others_.push_back({suffix, outcome});
    auto& word = suffixes_of(outcome)[suffix / 64];
    const auto bit = std::uint64_t{1} << suffix % 64;
    if ((word & bit) != 0) return others_.push_back({suffix, outcome});  // of another port
    word |= bit;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls `take(suffix, outcome)` for each result, in no order.
  template <typename Take>
  void each(Take take) const {
    for (const auto& [outcome, suffixes] : alike_)
      for (std::size_t word = 0; word < suffixes.size(); ++word)
        for (auto bits = suffixes[word]; bits != 0; bits &= bits - 1)
          take(word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits)), outcome);
    for (const auto& other : others_) take(other.suffix, other.outcome);
  }

 private:
  static constexpr std::uint64_t kBits = 256;
  using Suffixes = std::array<std::uint64_t, kBits / 64>;
  struct Alike {
    probe::Outcome outcome;
    Suffixes suffixes{};
  };
  struct Result {
    std::uint64_t suffix;
    probe::Outcome outcome;
  };

  Suffixes& suffixes_of(probe::Outcome outcome) {
    for (auto& alike : alike_)
      if (alike.outcome == outcome) return alike.suffixes;
    return alike_.emplace_back(Alike{outcome}).suffixes;
  }

  std::size_t size_ = 0;
  std::vector<Alike> alike_;
  std::vector<Result> others_;
};

}  // namespace fleetscan::summary
