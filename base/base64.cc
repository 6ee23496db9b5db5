#include "base/base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace fleetscan {
namespace {

bool is_base64_digit(char c) { return is_letter_or_digit(c) || c == '+' || c == '/'; }

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  // OpenSSL also takes blanks around the text, and '=' anywhere; it counts in int.
  const auto digits = text.substr(0, text.find_last_not_of('=') + 1);
  const auto padding = text.size() - digits.size();
  if (text.size() % 4 != 0 || padding > 2 || !std::ranges::all_of(digits, is_base64_digit) ||
      text.size() > INT_MAX)
    return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size())) < 0)
    return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::string encode_base64(std::string_view bytes) {
  constexpr std::size_t kSlice = std::size_t{3} << 20;     // whole groups; OpenSSL counts in int
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // with the NUL that OpenSSL adds
  auto* end = reinterpret_cast<unsigned char*>(text.data());
  while (!bytes.empty()) {
    const auto slice = bytes.substr(0, kSlice);
    end += EVP_EncodeBlock(end, reinterpret_cast<const unsigned char*>(slice.data()),
                           static_cast<int>(slice.size()));
    bytes.remove_prefix(slice.size());
  }
  text.pop_back();
  return text;
}

}  // namespace fleetscan
