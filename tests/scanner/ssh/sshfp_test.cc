#include "scanner/ssh/sshfp.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "scanner/ssh/libcrypto.h"

using namespace fleetscan::ssh;

namespace {

constexpr std::string_view kBlob = "a key";

SshfpRecord record(std::uint8_t algorithm, SshfpDigest digest, std::string_view blob = kBlob) {
  const auto hash = digest == SshfpDigest::sha1 ? Hash::sha1 : Hash::sha256;
  return {algorithm, static_cast<std::uint8_t>(digest), hash_of(hash, blob)};
}

}  // namespace

TEST_CASE("match_sshfp: records of the key's algorithm and of known digests count") {
  const auto sha1 = record(4, SshfpDigest::sha1), sha256 = record(4, SshfpDigest::sha256);
  const auto other = record(4, SshfpDigest::sha256, "another key");
  auto cut = sha256;
  cut.digest.pop_back();
  auto to_come = sha256;
  to_come.digest_type = 3;
  struct Row {
    std::vector<SshfpRecord> records;
    std::string_view type;
    std::size_t candidates, matching;
  };
  const Row rows[]{{{}, "ssh-ed25519", 0, 0},
                   {{sha1, sha256}, "ssh-ed25519", 2, 2},
                   {{sha1}, "ssh-ed25519", 1, 1},
                   {{sha256, other}, "ssh-ed25519", 2, 1},
                   {{cut}, "ssh-ed25519", 1, 0},
                   {{to_come}, "ssh-ed25519", 0, 0},
                   {{sha256}, "ssh-rsa", 0, 0},
                   {{record(1, SshfpDigest::sha256)}, "ssh-rsa", 1, 1},
                   {{record(2, SshfpDigest::sha256)}, "ssh-dss", 1, 1},
                   {{record(3, SshfpDigest::sha256)}, "ecdsa-sha2-nistp521", 1, 1},
                   {{record(0, SshfpDigest::sha256)}, "sk-ssh-ed25519@openssh.com", 0, 0}};
  for (const auto& row : rows) {
    const auto match = match_sshfp(row.records, row.type, kBlob);
    CAPTURE(row.type);
    CHECK(match.candidates() == row.candidates);
    CHECK(match.matching == row.matching);
  }
  CHECK(match_sshfp(std::vector{sha1}, "ssh-ed25519", kBlob).sha256 == 0);
}
