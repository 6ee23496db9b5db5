#pragma once
// Letters without regard to case, in ASCII alone and whatever the locale: host names (RFC 4343),
// keywords.

#include <algorithm>
#include <string>
#include <string_view>

namespace fleetscan {

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `text` in lower case; what is no ASCII letter stays.
[[nodiscard]] inline std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result) c = lower(c);
  return result;
}

}  // namespace fleetscan
