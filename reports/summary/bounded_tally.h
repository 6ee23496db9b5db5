#pragma once
// BoundedTally counts by name where peers choose the names, so that there
// may be any number of them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "reports/summary/subnet_tree.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

inline constexpr std::size_t kMaxLabels = 5'000;  ///< "key=value" texts that are told apart

/// Counts exactly for every name as long as there are at most `limit` of them. Beyond, it counts
/// exactly for the `limit` names that are drawn first, whatever the order of adding.
class BoundedTally {
 public:
  using Entries = std::map<std::string, Tally, std::less<>>;

  explicit BoundedTally(std::size_t limit) : limit_(limit) {}

  void add(std::string_view name, probe::Outcome outcome);

  /// By name.
  [[nodiscard]] const Entries& entries() const { return entries_; }
  /// Whether names were left out.
  [[nodiscard]] bool full() const { return full_; }

 private:
  std::size_t limit_;
  Entries entries_;
  std::map<std::uint64_t, std::string> drawn_;  ///< the names of entries_ by their draw
  bool full_ = false;
};

}  // namespace fleetscan::summary
