#pragma once
// libcrypto's objects with owners, and what the key exchange asks of that library.

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"

namespace fleetscan::ssh {

/// A deleter that calls one of libcrypto's functions.
template <auto free>
struct FreeBy {
  void operator()(auto* object) const { free(object); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;

/// libcrypto's name of a curve of NIST's, "P-256", and the bytes of an uncompressed point on it.
struct NistCurve {
  const char* name;
  std::size_t point_bytes;
};
/// REQUIRES: p256, p384 or p521
[[nodiscard]] NistCurve nist_curve(Curve curve);

/// The public key that is that uncompressed point (SEC 1 section 2.3.3), null unless it is one on
/// the curve.
[[nodiscard]] Pkey point_on_curve(Curve curve, std::string_view point);

/// Looked up once: libcrypto's own lookup takes as long as hashing a kilobyte.
[[nodiscard]] const EVP_MD* digest(Hash hash);
[[nodiscard]] std::string hash_of(Hash hash, std::string_view bytes);

inline const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* octets(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace fleetscan::ssh
