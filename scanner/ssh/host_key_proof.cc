#include "scanner/ssh/host_key_proof.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <sodium.h>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/libcrypto.h"
#include "scanner/ssh/public_key.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

using Number = std::unique_ptr<BIGNUM, FreeBy<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeBy<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeBy<OSSL_PARAM_free>>;

/// What a signature blob holds (RFC 4253 section 6.6, OpenSSH's PROTOCOL.u2f).
struct Signature {
  std::string_view algorithm;
  std::string_view bytes;
  std::string_view flags_and_counter;  ///< of a FIDO token: a byte and a uint32
};

constexpr std::size_t kFlagsAndCounter = 5;

bool is_token(KeyForm form) { return form == KeyForm::sk_ed25519 || form == KeyForm::sk_ecdsa; }

std::optional<Signature> parse_signature(std::string_view blob, KeyForm form) {
  WireReader reader(blob);
  const auto algorithm = reader.string(), bytes = reader.string();
  if (!algorithm || !bytes || reader.rest().size() != (is_token(form) ? kFlagsAndCounter : 0))
    return std::nullopt;
  return Signature{*algorithm, *bytes, reader.rest()};
}

struct Pair {
  std::string_view r, s;
};

/// The two numbers of an ECDSA signature (RFC 5656 section 3.1.2), in their shortest form.
std::optional<Pair> parse_pair(std::string_view bytes, unsigned bits) {
  WireReader reader(bytes);
  const auto r = reader.mpint(), s = reader.mpint();
  const std::size_t most = (bits + 7) / 8;
  if (!r || !s || !reader.at_end() || r->empty() || s->empty() || r->size() > most ||
      s->size() > most)
    return std::nullopt;
  std::string shortest;
  append_mpint(shortest, *r);
  append_mpint(shortest, *s);
  return shortest == bytes ? std::optional{Pair{*r, *s}} : std::nullopt;
}

bool has_form(const PublicKey& key, std::string_view bytes) {
  switch (key.form) {
    case KeyForm::ed25519:
    case KeyForm::sk_ed25519: return bytes.size() == crypto_sign_BYTES;
    case KeyForm::ecdsa:
    case KeyForm::sk_ecdsa: return parse_pair(bytes, key.bits).has_value();
    case KeyForm::rsa: return !bytes.empty() && bytes.size() <= key.modulus.size();
    case KeyForm::other: return !bytes.empty();
  }
  return false;
}

Number number(std::string_view bytes) {
  Number value(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
  if (!value) throw std::bad_alloc();
  return value;
}

Pkey rsa_key(const PublicKey& key) {
  const auto n = number(key.modulus), e = number(key.exponent);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    throw std::bad_alloc();
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  if (!params || !context) throw std::bad_alloc();
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return Pkey(made);
}

Proof verify(EVP_PKEY* key, Hash hash, std::string_view message, std::string_view signature) {
  if (!key) return Proof::malformed;
  const DigestContext context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  const bool fits = EVP_DigestVerifyInit(context.get(), nullptr, digest(hash), nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), octets(signature), signature.size(),
                                     octets(message), message.size()) == 1;
  return fits ? Proof::good : Proof::wrong;
}

Proof verify_ed25519(const PublicKey& key, std::string_view message, std::string_view bytes) {
  const bool fits = crypto_sign_verify_detached(octets(bytes), octets(message), message.size(),
                                                octets(key.point)) == 0;
  return fits ? Proof::good : Proof::wrong;
}

/// Some servers drop a signature's leading zeros; OpenSSH puts them back.
Proof verify_rsa(const PublicKey& key, Hash hash, std::string_view message,
                 std::string_view bytes) {
  const auto padded = std::string(key.modulus.size() - bytes.size(), '\0').append(bytes);
  return verify(rsa_key(key).get(), hash, message, padded);
}

Curve curve_of(const PublicKey& key) {
  if (key.bits == 256) return Curve::p256;
  return key.bits == 384 ? Curve::p384 : Curve::p521;
}

Proof verify_ecdsa(const PublicKey& key, Hash hash, std::string_view message,
                   std::string_view bytes) {
  const auto pair = parse_pair(bytes, key.bits);
  const std::unique_ptr<ECDSA_SIG, FreeBy<ECDSA_SIG_free>> signature(ECDSA_SIG_new());
  if (!pair || !signature) return Proof::malformed;
  ECDSA_SIG_set0(signature.get(), number(pair->r).release(), number(pair->s).release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) throw std::bad_alloc();
  const std::string encoded(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return verify(point_on_curve(curve_of(key), key.point).get(), hash, message, encoded);
}

/// What a FIDO token signs instead of the message.
std::string token_message(const PublicKey& key, const Signature& signature,
                          std::string_view message) {
  return hash_of(Hash::sha256, key.application).append(signature.flags_and_counter) +
         hash_of(Hash::sha256, message);
}

Proof verify(const PublicKey& key, Hash hash, std::string_view message,
             const Signature& signature) {
  switch (key.form) {
    case KeyForm::ed25519: return verify_ed25519(key, message, signature.bytes);
    case KeyForm::ecdsa: return verify_ecdsa(key, hash, message, signature.bytes);
    case KeyForm::rsa: return verify_rsa(key, hash, message, signature.bytes);
    case KeyForm::sk_ed25519:
      return verify_ed25519(key, token_message(key, signature, message), signature.bytes);
    case KeyForm::sk_ecdsa:
      return verify_ecdsa(key, hash, token_message(key, signature, message), signature.bytes);
    case KeyForm::other: break;
  }
  return Proof::malformed;
}

bool starts_with_type(std::string_view blob, std::string_view type) {
  return WireReader(blob).string() == type;
}

}  // namespace

Proof check_authority(const Certificate& certificate) {
  const auto authority = parse_public_key(certificate.authority);
  if (!authority || authority->certificate || authority->form == KeyForm::other)
    return Proof::malformed;
  const auto signature = parse_signature(certificate.signature, authority->form);
  const auto* algorithm = signature ? find_key_algorithm(signature->algorithm) : nullptr;
  if (!algorithm || algorithm->form != authority->form || algorithm->key_type != authority->type ||
      !has_form(*authority, signature->bytes))
    return Proof::malformed;
  return verify(*authority, algorithm->hash, certificate.certified, *signature);
}

bool is_proof_of(const KeyAlgorithm& algorithm, std::string_view blob, std::string_view signature) {
  const auto key = parse_public_key(blob);
  if (!key || !starts_with_type(blob, algorithm.key_type)) return false;
  const auto parsed = parse_signature(signature, key->form);
  return parsed && parsed->algorithm == algorithm.signature_name && has_form(*key, parsed->bytes);
}

Proof check_proof(const KeyAlgorithm& algorithm, std::string_view blob, std::string_view message,
                  std::string_view signature) {
  if (!is_proof_of(algorithm, blob, signature)) return Proof::malformed;
  const auto key = *parse_public_key(blob);
  // Not `wrong`: the server may still hold its key, and says nothing about who answers.
  if (key.certificate && check_authority(*key.certificate) != Proof::good) return Proof::malformed;
  return verify(key, algorithm.hash, message, *parse_signature(signature, key.form));
}

}  // namespace fleetscan::ssh
