#pragma once
// The simulated hosts' keys: derived from fixed seeds, so that fingerprints survive restarts.

#include <string>
#include <string_view>

#include "tests/simulator/libcrypto.h"

namespace fleetscan::simulator {

enum class KeyType { ed25519, rsa, ecdsa };

/// One key pair. Worth no protection: anyone can derive it from its type and number.
class HostKey {
 public:
  /// @param number  chooses one of the possible keys of this type.
  HostKey(KeyType type, unsigned number);

  [[nodiscard]] KeyType type() const { return type_; }
  /// The public key as in the key exchange (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709).
  [[nodiscard]] const std::string& blob() const { return blob_; }

  /// The signature blob over `bytes`, made by a public key algorithm that fits(type(), ...).
  [[nodiscard]] std::string sign(std::string_view bytes, std::string_view algorithm) const;

  /// Whether a key of that type can sign as that algorithm, e.g. rsa as "rsa-sha2-512".
  [[nodiscard]] static bool fits(KeyType type, std::string_view algorithm);

 private:
  KeyType type_;
  Key key_;
  std::string blob_;
};

}  // namespace fleetscan::simulator
