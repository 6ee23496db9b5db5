#pragma once
// Bytes written as hexadecimal digits.

#include <charconv>
#include <string>
#include <string_view>

namespace fleetscan::test {

/// REQUIRES: an even number of digits and nothing else
inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    unsigned char byte = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

}  // namespace fleetscan::test
