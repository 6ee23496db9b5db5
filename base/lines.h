#pragma once
// Splits an inventory's text into lines: LF or CR LF, with or without a byte order mark.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fleetscan {

/// The longest line that a line-based inventory may have, in bytes.
inline constexpr std::size_t kMaxLineBytes = 65536;

inline constexpr const char* kLongLine =
    "a line may have at most 65536 bytes; is this an inventory?";
inline constexpr const char* kNulByte = "a NUL byte: is this a text file, and not UTF-16?";

/// `text` without a leading UTF-8 byte order mark.
[[nodiscard]] inline std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

/// `text` without blanks (space, tab) at either end.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return text.substr(text.size());
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Calls visit(line, number) for each line without its end; numbers count from 1.
template <typename Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  text = without_bom(text);
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    visit(line, number);
  }
}

/// What is wrong with a line whatever its format; null if nothing.
[[nodiscard]] inline const char* line_fault(std::string_view line) {
  if (line.size() > kMaxLineBytes) return kLongLine;
  if (line.find('\0') != std::string_view::npos) return kNulByte;
  return nullptr;
}

}  // namespace fleetscan
