#pragma once
// Base64 (RFC 4648 section 4), as SSH files and fingerprints use it.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fleetscan {

/// Bytes of padded base64; nothing if a character, the padding or the length is wrong.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// Without padding.
[[nodiscard]] std::string encode_base64_unpadded(std::span<const unsigned char> bytes);

}  // namespace fleetscan
