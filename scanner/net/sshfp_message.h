#pragma once
// The SSHFP records in a name server's message (RFC 1035 section 4.1, RFC 4255 section 3.1).

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "scanner/ssh/sshfp.h"

namespace fleetscan::net {

struct SshfpMessage {
  std::vector<ssh::SshfpRecord> records = {};
  bool authentic = false;  ///< the AD bit: the server says that it validated them
};

/// No host has more keys, and digests of them.
inline constexpr std::size_t kMaxSshfpRecords = 64;

/// What any answer to a question for such records says; those that are malformed are left out, as
/// ssh does, and so is what follows kMaxSshfpRecords of them.
/// @return no records for a name that does not exist; nothing unless the server answered the
///         question by a message that can be read
[[nodiscard]] std::optional<SshfpMessage> read_sshfp(std::span<const unsigned char> message);

}  // namespace fleetscan::net
