#pragma once
// Formats a number with its noun in the singular or plural.

#include <cstdint>
#include <string>
#include <string_view>

namespace fleetscan {

/// "1 duplicate merged", "3 duplicates merged".
[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view thing,
                                         std::string_view rest) {
  auto text = std::to_string(count) + ' ';
  text.append(thing).append(count == 1 ? " " : "s ");
  return text.append(rest);
}

}  // namespace fleetscan
