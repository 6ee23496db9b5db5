#include "scanner/ssh/ephemeral_keys.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/libcrypto.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

constexpr std::size_t kX25519Bytes = crypto_scalarmult_BYTES;

void check(bool worked) {
  if (!worked) throw std::bad_alloc();  // key pairs of libraries that work fail for no other reason
}

Pkey make_nist(Curve curve) {
  Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", nist_curve(curve).name));
  check(key != nullptr);
  return key;
}

/// Null where libcrypto does not know it.
Pkey make_kem(const char* name) {
  ERR_set_mark();
  Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, name));
  ERR_pop_to_mark();
  return key;
}

std::string public_bytes(EVP_PKEY* key) {
  if (!key) return {};
  unsigned char* bytes = nullptr;
  const auto size = EVP_PKEY_get1_encoded_public_key(key, &bytes);
  check(size > 0);
  std::string text(reinterpret_cast<const char*>(bytes), size);
  OPENSSL_free(bytes);
  return text;
}

std::size_t ciphertext_bytes(Kem kem) {
  switch (kem) {
    case Kem::none: return 0;
    case Kem::mlkem768: return 1088;
    case Kem::mlkem1024: return 1568;
  }
  return 0;
}

std::optional<std::string> decapsulate(EVP_PKEY* key, std::string_view ciphertext) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  std::string secret(32, '\0');
  auto size = secret.size();
  if (!context || EVP_PKEY_decapsulate_init(context.get(), nullptr) != 1 ||
      EVP_PKEY_decapsulate(context.get(), octets(secret), &size, octets(ciphertext),
                           ciphertext.size()) != 1 ||
      size != secret.size())
    return std::nullopt;
  return secret;
}

std::string random_scalar() {
  check(sodium_init() >= 0);
  std::string scalar(crypto_scalarmult_SCALARBYTES, '\0');
  randombytes_buf(scalar.data(), scalar.size());
  return scalar;
}

/// Fails for points of small order: the secret would be zero (RFC 7748 section 6.1).
std::optional<std::string> multiply(std::string_view scalar, std::string_view point) {
  std::string product(kX25519Bytes, '\0');
  if (point.size() != kX25519Bytes ||
      crypto_scalarmult(octets(product), octets(scalar), octets(point)) != 0)
    return std::nullopt;
  return product;
}

}  // namespace

bool is_possible_share(Curve curve, std::string_view share) {
  if (curve != Curve::x25519) return point_on_curve(curve, share) != nullptr;
  return multiply(std::string(kX25519Bytes, '\1'), share).has_value();
}

EphemeralKeys::EphemeralKeys() : EphemeralKeys(random_scalar()) {}

EphemeralKeys::EphemeralKeys(std::string x25519_secret)
    : x25519_secret_(std::move(x25519_secret)),
      x25519_public_(kX25519Bytes, '\0'),
      p256_(make_nist(Curve::p256)),
      p384_(make_nist(Curve::p384)),
      p521_(make_nist(Curve::p521)),
      p256_public_(public_bytes(p256_.get())),
      p384_public_(public_bytes(p384_.get())),
      p521_public_(public_bytes(p521_.get())),
      mlkem768_(make_kem("ML-KEM-768")),
      mlkem1024_(make_kem("ML-KEM-1024")),
      mlkem768_public_(public_bytes(mlkem768_.get())),
      mlkem1024_public_(public_bytes(mlkem1024_.get())) {
  check(sodium_init() >= 0);
  check(crypto_scalarmult_base(octets(x25519_public_), octets(x25519_secret_)) == 0);
}

const Pkey& EphemeralKeys::of(Curve curve) const {
  if (curve == Curve::p256) return p256_;
  return curve == Curve::p384 ? p384_ : p521_;
}
const Pkey& EphemeralKeys::of(Kem kem) const {
  return kem == Kem::mlkem768 ? mlkem768_ : mlkem1024_;
}
const std::string& EphemeralKeys::public_of(Curve curve) const {
  if (curve == Curve::x25519) return x25519_public_;
  if (curve == Curve::p256) return p256_public_;
  return curve == Curve::p384 ? p384_public_ : p521_public_;
}

bool EphemeralKeys::know(const Method& method) const {
  if (method.engine != Engine::own) return false;
  return method.kem == Kem::none || of(method.kem) != nullptr;
}

std::string EphemeralKeys::share(const Method& method) const {
  std::string bytes;
  if (method.kem == Kem::mlkem768) bytes = mlkem768_public_;
  if (method.kem == Kem::mlkem1024) bytes = mlkem1024_public_;
  return bytes.append(public_of(method.curve));
}

std::optional<std::string> EphemeralKeys::nist(Curve curve, std::string_view share) const {
  const auto peer = point_on_curve(curve, share);
  if (!peer) return std::nullopt;
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, of(curve).get(), nullptr));
  std::string secret(nist_curve(curve).point_bytes / 2, '\0');
  auto size = secret.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) != 1 ||
      EVP_PKEY_derive(context.get(), octets(secret), &size) != 1 || size != secret.size())
    return std::nullopt;
  return secret;
}

std::optional<std::string> EphemeralKeys::agreed(Curve curve, std::string_view share) const {
  return curve == Curve::x25519 ? multiply(x25519_secret_, share) : nist(curve, share);
}

std::optional<std::string> EphemeralKeys::secret(const Method& method,
                                                 std::string_view share) const {
  const auto head = ciphertext_bytes(method.kem);
  if (share.size() < head) return std::nullopt;
  const auto classical = agreed(method.curve, share.substr(head));
  if (!classical) return std::nullopt;
  std::string encoded;
  if (method.kem == Kem::none) {
    append_mpint(encoded, *classical);
    return encoded;
  }
  const auto encapsulated = decapsulate(of(method.kem).get(), share.substr(0, head));
  if (!encapsulated) return std::nullopt;
  append_string(encoded, hash_of(method.hash, *encapsulated + *classical));
  return encoded;
}

}  // namespace fleetscan::ssh
