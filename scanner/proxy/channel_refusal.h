#pragma once
// Why an SSH server did not open a channel to a target (RFC 4254 section 5.1).

#include <cstdint>
#include <string_view>

#include "scanner/proxy/answer.h"

namespace fleetscan::proxy {

/// A reason code tells rules from failures; which failure, only the description does, in the words
/// of the server's system: known are those of OpenSSH on Linux, BSD and musl, of Dropbear, and of
/// servers in Go.
[[nodiscard]] Answer meaning_of_refusal(std::uint32_t reason, std::string_view description);

}  // namespace fleetscan::proxy
