#pragma once
// A host key in its wire form (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4).

#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::ssh {

/// The key type inside a public key blob, "ssh-ed25519".
/// @return nothing unless the blob is well-formed for a type whose form is known here, or names
///         another type and carries something.
[[nodiscard]] std::optional<std::string> public_key_type(std::string_view blob);

}  // namespace fleetscan::ssh
