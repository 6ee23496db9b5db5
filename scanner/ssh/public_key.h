#pragma once
// A host key in its wire form (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4),
// bare or in a certificate (OpenSSH's PROTOCOL.certkeys), or kept by a FIDO token (PROTOCOL.u2f).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/ssh/algorithms.h"

namespace fleetscan::ssh {

/// What a certificate says about the key in it. All views are into the key's blob.
struct Certificate {
  std::uint64_t serial = 0;
  std::uint32_t kind = 0;  ///< 1 of a user, 2 of a host
  std::string_view key_id;
  std::vector<std::string_view> principals;
  std::uint64_t valid_after = 0;   ///< seconds since 1970
  std::uint64_t valid_before = 0;  ///< likewise; all bits set: for ever
  std::string_view authority;      ///< the blob of the key that signed it
  std::string_view certified;      ///< what was signed
  std::string_view signature;
};

/// A parsed public key. All views are into its blob, which must outlive it.
struct PublicKey {
  std::string_view type;  ///< of the bare key: "ssh-ed25519", whether certified or not
  KeyForm form = KeyForm::other;
  unsigned bits = 0;             ///< of the modulus or the curve; 0: not known
  std::string_view fields;       ///< all of the bare key that follows its type
  std::string_view point;        ///< of a curve
  std::string_view exponent;     ///< of RSA, without leading zeros
  std::string_view modulus;      ///< likewise
  std::string_view application;  ///< of a FIDO key, "ssh:"
  std::optional<Certificate> certificate;

  /// The bare key's own blob, which known_hosts and fingerprints are about.
  [[nodiscard]] std::string bare_blob() const;
};

/// @return nothing unless the blob is well-formed for a type whose form is known here, or names
///         another type and carries something. Nor for RSA keys that can prove nothing: a modulus
///         under 512 or over 16,384 bits or even, an exponent that is even or 1.
///         Whether a point lies on its curve, and a certificate's signature, are not looked at.
[[nodiscard]] std::optional<PublicKey> parse_public_key(std::string_view blob);

}  // namespace fleetscan::ssh
