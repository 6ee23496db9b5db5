#pragma once
// EphemeralKeys: our half of every key exchange, and the secret that it makes of the server's.

#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/libcrypto.h"

namespace fleetscan::ssh {

/// Whether an honest server can have sent that share: of the right length, on the curve, not of
/// small order.
[[nodiscard]] bool is_possible_share(Curve curve, std::string_view share);

/// One key pair for each curve and each key encapsulation that this build's libraries have.
///
/// Made once and used for every host. A client that goes on to encrypt must not do this; we never
/// encrypt anything under the secrets, and that a server's signature is fresh follows from the
/// cookie in our KEXINIT (RFC 4253 section 7.1), which is new for each host.
///
/// Does not change after its construction: threads may share it.
class EphemeralKeys {
 public:
  /// Throws std::bad_alloc if a library fails.
  EphemeralKeys();
  /// @param x25519_secret  32 bytes, where an answer is known; the other keys are random
  explicit EphemeralKeys(std::string x25519_secret);

  /// Whether this build's libraries have what the method needs. Not for methods of libssh2's.
  [[nodiscard]] bool know(const Method& method) const;

  /// Our public share, as it is sent and hashed.
  /// REQUIRES: know(method)
  [[nodiscard]] std::string share(const Method& method) const;

  /// The secret that both sides now share, encoded as the exchange hash wants it: a number (RFC
  /// 5656 section 4, RFC 8731 section 3.1), or, of a hybrid method, a string
  /// (draft-ietf-sshm-mlkem-hybrid-kex section 2.4).
  /// @param share  the server's
  /// @return nothing if no honest server can have sent it: of another length, no point on the
  ///         curve, of small order
  /// REQUIRES: know(method)
  [[nodiscard]] std::optional<std::string> secret(const Method& method,
                                                  std::string_view share) const;

 private:
  [[nodiscard]] const Pkey& of(Curve curve) const;
  [[nodiscard]] const Pkey& of(Kem kem) const;
  [[nodiscard]] const std::string& public_of(Curve curve) const;
  [[nodiscard]] std::optional<std::string> nist(Curve curve, std::string_view share) const;
  [[nodiscard]] std::optional<std::string> agreed(Curve curve, std::string_view share) const;

  std::string x25519_secret_, x25519_public_;
  Pkey p256_, p384_, p521_;
  std::string p256_public_, p384_public_, p521_public_;
  Pkey mlkem768_, mlkem1024_;  ///< null where libcrypto has no ML-KEM (before OpenSSL 3.5)
  std::string mlkem768_public_, mlkem1024_public_;
};

}  // namespace fleetscan::ssh
