#pragma once
// Character functions for ASCII, independent of the locale: comparison without regard to case (host
// names, RFC 4343; keywords), what is printable, and where a search found nothing.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace fleetscan {

/// Found nowhere in a text.
inline constexpr auto npos = std::string_view::npos;

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[nodiscard]] constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `text` in lower case; what is no ASCII letter stays.
[[nodiscard]] inline std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result) c = lower(c);
  return result;
}

/// Eight characters in one word, since most text needs no more than a look at each.
using EightChars = std::uint64_t;
inline constexpr EightChars kEachChar = 0x0101010101010101, kHighBits = 0x80 * kEachChar;

/// Not zero if one of them is not from ' ' to '~'.
[[nodiscard]] constexpr EightChars unprintable(EightChars chars) {
  // High bits: of one that is none of ASCII, that is '~' + 1, that is below ' '.
  return (chars | (chars + kEachChar) | ~(chars + (0x80 - ' ') * kEachChar)) & kHighBits;
}

/// Not zero if one of them is `wanted`.
[[nodiscard]] constexpr EightChars containing(EightChars chars, char wanted) {
  const auto zero = chars ^ (static_cast<unsigned char>(wanted) * kEachChar);
  return (zero - kEachChar) & ~zero & kHighBits;
}

/// Whether `look` gives zero for all of `text`. It may see a character twice, and spaces besides.
template <typename Look>
[[nodiscard]] bool none_of_eight(std::string_view text, Look look) {
  EightChars found = 0, chars = ' ' * kEachChar;
  if (text.size() < sizeof chars) {
    for (const char c : text) chars = chars << 8 | static_cast<unsigned char>(c);
    return look(chars) == 0;
  }
  const auto last = text.size() - sizeof chars;
  for (std::size_t at = 0; at < last; at += sizeof chars) {
    std::memcpy(&chars, text.data() + at, sizeof chars);
    found |= look(chars);
  }
  std::memcpy(&chars, text.data() + last, sizeof chars);
  return (found | look(chars)) == 0;
}

/// All of `text` is from ' ' to '~'.
[[nodiscard]] inline bool is_printable_ascii(std::string_view text) {
  return none_of_eight(text, unprintable);
}

}  // namespace fleetscan
