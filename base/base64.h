#pragma once
// Base64 (RFC 4648 section 4), as SSH files and fingerprints use it.

#include <optional>
#include <string>
#include <string_view>

namespace fleetscan {

/// The bytes of padded base64; nothing if a character, the padding or the length is wrong.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// Base64 of `bytes`, padded, in one line.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace fleetscan
