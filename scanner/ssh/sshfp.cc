#include "scanner/ssh/sshfp.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/libcrypto.h"

namespace fleetscan::ssh {

unsigned sshfp_algorithm(std::string_view key_type) {
  constexpr std::pair<std::string_view, unsigned> kNumbers[]{{"ssh-rsa", 1},
                                                             {"ssh-dss", 2},
                                                             {"ecdsa-sha2-nistp256", 3},
                                                             {"ecdsa-sha2-nistp384", 3},
                                                             {"ecdsa-sha2-nistp521", 3},
                                                             {"ssh-ed25519", 4}};
  for (const auto& [name, number] : kNumbers)
    if (name == key_type) return number;
  return 0;
}

SshfpMatch match_sshfp(std::span<const SshfpRecord> records, std::string_view key_type,
                       std::string_view blob) {
  const auto algorithm = sshfp_algorithm(key_type);
  SshfpMatch match;
  if (algorithm == 0) return match;
  const auto count = [&](const SshfpRecord& record, Hash hash, std::size_t& candidates) {
    ++candidates;
    if (record.digest == hash_of(hash, blob)) ++match.matching;
  };
  for (const auto& record : records) {
    if (record.algorithm != algorithm) continue;
    if (record.digest_type == static_cast<unsigned>(SshfpDigest::sha1))
      count(record, Hash::sha1, match.sha1);
    else if (record.digest_type == static_cast<unsigned>(SshfpDigest::sha256))
      count(record, Hash::sha256, match.sha256);
  }
  return match;
}

}  // namespace fleetscan::ssh
