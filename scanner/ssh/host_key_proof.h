#pragma once
// Whether a signature proves that a server holds a host key.

#include <cstdint>
#include <string_view>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/public_key.h"

namespace fleetscan::ssh {

enum class Proof : std::uint8_t {
  good,
  wrong,      ///< it has the right form, and does not fit
  malformed,  ///< another algorithm's name, impossible lengths, bytes too many, a point off its
              ///< curve, a certificate that its authority did not sign
};

/// Judges as OpenSSH does, but takes only one encoding of ECDSA's numbers, so that no bit can
/// change.
/// @param blob  the server's public key; of a certificate, the authority's signature is checked too
/// @param message  what was signed: the exchange hash
/// @param signature  with the algorithm's name (RFC 4253 section 6.6)
[[nodiscard]] Proof check_proof(const KeyAlgorithm& algorithm, std::string_view blob,
                                std::string_view message, std::string_view signature);

/// Whether the authority that a certificate names did sign it. The algorithm of its signature is
/// the authority's own choice; SHA-1 is taken as OpenSSH takes it here: whether to trust the
/// authority is a later question.
[[nodiscard]] Proof check_authority(const Certificate& certificate);

/// Whether key and signature have the form that belongs to the algorithm. Nothing is computed.
[[nodiscard]] bool is_proof_of(const KeyAlgorithm& algorithm, std::string_view blob,
                               std::string_view signature);

}  // namespace fleetscan::ssh
