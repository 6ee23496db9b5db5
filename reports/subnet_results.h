#pragma once
// The results within one subnet, in few bytes.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "scanner/outcome.h"

namespace fleetscan {

/// Neighbours mostly end alike: those that end as the first one did take a bit each, where their
/// host bits are small; all others 16 bytes.
class SubnetResults {
 public:
  /// @param suffix  the host bits
  void add(std::uint64_t suffix, Outcome outcome) {
    if (size_++ == 0) common_ = outcome;
    if (outcome == common_ && suffix < kBits && !alike(suffix))
      alike_[suffix / 64] |= std::uint64_t{1} << suffix % 64;
    else
      others_.push_back({suffix, outcome});
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls `take(suffix, outcome)` for each result, in no order.
  template <typename Take>
  void each(Take take) const {
    for (std::size_t word = 0; word < alike_.size(); ++word)
      for (auto bits = alike_[word]; bits != 0; bits &= bits - 1)
        take(word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits)), common_);
    for (const auto& other : others_) take(other.suffix, other.outcome);
  }

 private:
  static constexpr std::uint64_t kBits = 256;
  struct Result {
    std::uint64_t suffix;
    Outcome outcome;
  };

  [[nodiscard]] bool alike(std::uint64_t suffix) const {
    return (alike_[suffix / 64] >> suffix % 64 & 1) != 0;
  }

  std::size_t size_ = 0;
  std::array<std::uint64_t, kBits / 64> alike_{};
  std::vector<Result> others_;
  Outcome common_ = Outcome::ok;
};

}  // namespace fleetscan
