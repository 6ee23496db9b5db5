#pragma once
// KeyCensus finds host keys that more than one target proved to hold: cloned images, or
// several names of one host.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "scanner/probe/evidence.h"

namespace fleetscan::summary {

struct SharedKey {
  std::string type;    ///< "ssh-ed25519"
  std::string sha256;  ///< "SHA256:..."
  std::uint64_t hosts = 0;
  std::vector<std::string> examples = {};  ///< targets among the rows, in their order
};

/// The beginning of a proved key's digest: tells keys apart within a fleet. Nothing for a key
/// without proof, or whose fingerprint is none.
[[nodiscard]] std::optional<std::uint64_t> key_tag(const probe::HostKey& key);
[[nodiscard]] std::optional<std::uint64_t> key_tag(std::string_view sha256);

/// Takes 32 bytes a host.
class KeyCensus {
 public:
  void add(const probe::HostKey& key);

  /// Those of two hosts or more; most hosts first, then by type and fingerprint. No examples yet.
  [[nodiscard]] std::vector<SharedKey> shared();

 private:
  std::map<std::string, std::deque<Sha256Digest>> proved_;  ///< by type
};

}  // namespace fleetscan::summary
