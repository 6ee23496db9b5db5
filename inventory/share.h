#pragma once
// The share of an inventory that a run visits: a random sample, one of several shards.

#include <cstdint>
#include <optional>
#include <string_view>

namespace fleetscan::inventory {

/// A number of targets, or a part of all of them.
struct Sample {
  std::uint64_t count = 0;
  double part = 0;  ///< 0 to 1; counts if `count` is 0

  /// Parses "200", "5%" or "0.5%"; nothing if it is neither, or nothing or more than all.
  [[nodiscard]] static std::optional<Sample> parse(std::string_view text);

  /// At least one of `all`, if there is one.
  [[nodiscard]] std::uint64_t of(std::uint64_t all) const;
};

/// Which of `count` disjoint parts of an inventory; a target's part is its stable hash modulo
/// count.
struct ShardChoice {
  std::uint32_t index = 1;  ///< 1-based
  std::uint32_t count = 1;

  bool operator==(const ShardChoice&) const = default;

  /// Parses "2/8"; nothing unless 1 <= index <= count <= 65536.
  [[nodiscard]] static std::optional<ShardChoice> parse(std::string_view text);

  [[nodiscard]] bool has(std::uint64_t hash) const { return hash % count == index - 1; }
};

}  // namespace fleetscan::inventory
