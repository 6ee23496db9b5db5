#pragma once
// SSHFP records: fingerprints of host keys in the DNS (RFC 4255, RFC 6594, RFC 7479).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fleetscan::ssh {

enum class SshfpDigest : std::uint8_t { sha1 = 1, sha256 = 2 };

struct SshfpRecord {
  std::uint8_t algorithm = 0;    ///< of the key, see sshfp_algorithm()
  std::uint8_t digest_type = 0;  ///< an SshfpDigest, or one that nobody knows yet
  std::string digest = {};       ///< raw

  bool operator==(const SshfpRecord&) const = default;
};

/// The number of a bare key's type in such records: RFC 4255 section 3.1.1, RFC 6594 section 3.1,
/// RFC 7479; 0 if it has none.
[[nodiscard]] unsigned sshfp_algorithm(std::string_view key_type);

/// How many of the records could match the key, being of its algorithm and of a known digest, and
/// how many do.
struct SshfpMatch {
  std::size_t sha1 = 0, sha256 = 0;  ///< that could
  std::size_t matching = 0;

  [[nodiscard]] std::size_t candidates() const { return sha1 + sha256; }
};

/// @param blob  the bare key as on the wire
[[nodiscard]] SshfpMatch match_sshfp(std::span<const SshfpRecord> records,
                                     std::string_view key_type, std::string_view blob);

}  // namespace fleetscan::ssh
