#pragma once
// The names of an enumeration's values, for text that is read as well as written.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace fleetscan {

/// One name for each value, in the order of the enumeration, which counts from zero.
template <typename Enum, std::size_t N>
struct Names {
  std::array<std::string_view, N> names;

  [[nodiscard]] constexpr std::string_view operator[](Enum value) const {
    return names[static_cast<std::size_t>(value)];
  }
  [[nodiscard]] std::optional<Enum> find(std::string_view name) const {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
  }
};

}  // namespace fleetscan
