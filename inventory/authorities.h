#pragma once
// Reads the public keys of certificate authorities.

#include <set>
#include <string>
#include <string_view>

#include "base/input_error.h"

namespace fleetscan::inventory {

/// Lines as in a .pub file (type, base64, comment) or, with the marker @cert-authority, as in
/// known_hosts; empty ones and comments are skipped.
/// @return fingerprints, "SHA256:..."; what is wrong, a text without a key included, goes to
///         `errors`
[[nodiscard]] std::set<std::string> read_authorities(std::string_view text,
                                                     const std::string& source,
                                                     InputErrors& errors);

}  // namespace fleetscan::inventory
