#pragma once
// The server's side of one key exchange, for every method and key of ours, by libcrypto alone. What
// it sends can be taken apart and changed.

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/key_exchange.h"
#include "scanner/ssh/libcrypto.h"

namespace fleetscan::test {

/// A host key pair for one algorithm; pairs of one type are made once, and shared.
class ServerKey {
 public:
  /// @param rsa_bits  of a key of RSA
  explicit ServerKey(const ssh::KeyAlgorithm& algorithm, unsigned rsa_bits = 2048);

  /// The public key; a certificate where the algorithm wants one.
  [[nodiscard]] const std::string& blob() const { return blob_; }
  /// Of the key that is in the certificate, or the same.
  [[nodiscard]] const std::string& bare_blob() const { return bare_; }
  [[nodiscard]] std::string sign(std::string_view message) const;

 private:
  const ssh::KeyAlgorithm& algorithm_;
  std::shared_ptr<EVP_PKEY> pair_;
  std::string bare_, blob_;
};

/// An SSH_MSG_KEX_ECDH_REPLY in its parts (RFC 5656 section 4).
struct Reply {
  std::string key, share, signature;

  [[nodiscard]] std::string payload() const;
  [[nodiscard]] std::string packet() const;
};

struct ExchangeServer {
  static constexpr std::string_view kIdent = "SSH-2.0-test_server";

  const ssh::Method& method;
  const ssh::KeyAlgorithm& algorithm;
  const ServerKey& key;

  /// It offers nothing but its method and its algorithm.
  [[nodiscard]] ssh::Kexinit offer() const;
  [[nodiscard]] std::string kexinit() const;
  /// @param said  what the client sent: its KEXINIT and its share, as packets
  [[nodiscard]] Reply answer(std::string_view client_ident, std::string_view said) const;
  /// Signs what was agreed, whatever `share` is: it need not be possible.
  [[nodiscard]] Reply answer(std::string_view client_ident, std::string_view said,
                             const std::string& share, const std::string& secret) const;
};

/// A new key pair's share for the client's, and the secret as it is hashed; nothing where libcrypto
/// does not have the method.
struct Agreed {
  std::string share, secret;
};
[[nodiscard]] std::optional<Agreed> agree(const ssh::Method& method, std::string_view client_share);

}  // namespace fleetscan::test
