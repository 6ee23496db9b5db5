#pragma once
// ASCII alone, whatever the locale: letters without regard to case (host names, RFC 4343;
// keywords), and what can be printed.

#include <algorithm>
#include <cstdint>
#include <cstring>
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

/// All of `text` is from ' ' to '~', as nearly all text is: eight bytes are looked at together.
[[nodiscard]] inline bool is_printable_ascii(std::string_view text) {
  constexpr std::uint64_t kEach = 0x0101010101010101, kHighBits = 0x80 * kEach;
  std::uint64_t wrong = 0, bytes = 0;
  // High bits: of a byte that is none of ASCII, that is '~' + 1, that is below ' '.
  const auto look = [&] { wrong |= bytes | (bytes + kEach) | ~(bytes + (0x80 - ' ') * kEach); };
  for (; text.size() >= sizeof bytes; text.remove_prefix(sizeof bytes)) {
    std::memcpy(&bytes, text.data(), sizeof bytes);
    look();
  }
  bytes = ' ' * kEach;
  for (const char c : text) bytes = bytes << 8 | static_cast<unsigned char>(c);
  look();
  return (wrong & kHighBits) == 0;
}

}  // namespace fleetscan
