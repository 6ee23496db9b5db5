#include "tests/simulator/host_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "scanner/ssh/wire.h"
#include "tests/simulator/libcrypto.h"
#include "tests/simulator/wire.h"

namespace fleetscan::simulator {
namespace {

constexpr std::size_t kSeedBytes = 32;
constexpr int kPrimeBits = 1024;

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

/// As many pseudo-random bytes as wanted, the same for the same label.
std::string stretch(const std::string& label, std::size_t count) {
  std::string bytes;
  for (unsigned block = 0; bytes.size() < count; ++block) {
    bytes += digest("SHA256", label + '/' + std::to_string(block));
  }
  bytes.resize(count);
  return bytes;
}

Key from_params(const char* algorithm, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  EVP_PKEY* key = nullptr;
  check(params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1,
        "build a host key");
  return Key(key);
}

Key ed25519_key(const std::string& label) {
  const auto seed = stretch(label, kSeedBytes);
  return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()));
}

/// The first prime p at or after a pseudo-random number for which e is invertible modulo p - 1.
BigNumber prime(const std::string& label, const BIGNUM* e, BN_CTX* context) {
  BigNumber candidate = number(stretch(label, kPrimeBits / 8));
  // The two top bits set make the product of two such primes exactly 2 * kPrimeBits long.
  BN_set_bit(candidate.get(), kPrimeBits - 1);
  BN_set_bit(candidate.get(), kPrimeBits - 2);
  BN_set_bit(candidate.get(), 0);
  while (BN_check_prime(candidate.get(), context, nullptr) != 1 ||
         BN_mod_word(candidate.get(), BN_get_word(e)) == 1) {
    BN_add_word(candidate.get(), 2);
  }
  return candidate;
}

Key rsa_key(const std::string& label) {
  const NumberContext context(BN_CTX_new());
  const BigNumber e = number({"\x01\x00\x01", 3});
  const BigNumber p = prime(label + "/p", e.get(), context.get());
  const BigNumber q = prime(label + "/q", e.get(), context.get());
  const BigNumber n(BN_new()), d(BN_new()), p1(BN_dup(p.get())), q1(BN_dup(q.get())), phi(BN_new());
  const BigNumber dp(BN_new()), dq(BN_new()), q_inverse(BN_new());
  BN_mul(n.get(), p.get(), q.get(), context.get());
  BN_sub_word(p1.get(), 1);
  BN_sub_word(q1.get(), 1);
  BN_mul(phi.get(), p1.get(), q1.get(), context.get());
  BN_mod_inverse(d.get(), e.get(), phi.get(), context.get());
  BN_mod(dp.get(), d.get(), p1.get(), context.get());
  BN_mod(dq.get(), d.get(), q1.get(), context.get());
  BN_mod_inverse(q_inverse.get(), q.get(), p.get(), context.get());

  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  const std::pair<const char*, const BigNumber*> members[] = {
      {OSSL_PKEY_PARAM_RSA_N, &n},          {OSSL_PKEY_PARAM_RSA_E, &e},
      {OSSL_PKEY_PARAM_RSA_D, &d},          {OSSL_PKEY_PARAM_RSA_FACTOR1, &p},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, &q},    {OSSL_PKEY_PARAM_RSA_EXPONENT1, &dp},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, &dq}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &q_inverse},
  };
  for (const auto& [name, value] : members) {
    OSSL_PARAM_BLD_push_BN(builder.get(), name, value->get());
  }
  return from_params("RSA", builder.get());
}

Key ecdsa_key(const std::string& label) {
  // 31 bytes: always below the group's order, and security is no concern here.
  const BigNumber scalar = number(stretch(label, kSeedBytes - 1));
  const std::unique_ptr<EC_GROUP, Free<EC_GROUP_free>> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const std::unique_ptr<EC_POINT, Free<EC_POINT_free>> point(EC_POINT_new(group.get()));
  check(EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1,
        "multiply a point");
  std::array<std::uint8_t, 65> encoded{};
  EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                     encoded.size(), nullptr);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                   encoded.size());
  return from_params("EC", builder.get());
}

Key derive(KeyType type, unsigned key_number) {
  const std::string suffix = " host key " + std::to_string(key_number);
  switch (type) {
    case KeyType::ed25519: return ed25519_key("ed25519" + suffix);
    case KeyType::rsa: return rsa_key("rsa" + suffix);
    case KeyType::ecdsa: return ecdsa_key("ecdsa" + suffix);
  }
  return {};
}

std::string bignum_param(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  check(EVP_PKEY_get_bn_param(key, name, &value) == 1, "read a host key");
  const BigNumber owner(value);
  return magnitude(value);
}

std::string public_blob(KeyType type, EVP_PKEY* key) {
  std::string blob;
  std::string point(256, '\0');
  std::size_t length = point.size();
  switch (type) {
    case KeyType::ed25519:
      check(EVP_PKEY_get_raw_public_key(key, octets(point), &length) == 1, "read a host key");
      ssh::append_string(blob, "ssh-ed25519");
      ssh::append_string(blob, point.substr(0, length));
      break;
    case KeyType::rsa:
      ssh::append_string(blob, "ssh-rsa");
      append_mpint(blob, bignum_param(key, OSSL_PKEY_PARAM_RSA_E));
      append_mpint(blob, bignum_param(key, OSSL_PKEY_PARAM_RSA_N));
      break;
    case KeyType::ecdsa:
      check(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, octets(point),
                                            point.size(), &length) == 1,
            "read a host key");
      ssh::append_string(blob, "ecdsa-sha2-nistp256");
      ssh::append_string(blob, "nistp256");
      ssh::append_string(blob, point.substr(0, length));
      break;
  }
  return blob;
}

const EVP_MD* signature_digest(std::string_view algorithm) {
  if (algorithm == "ssh-ed25519") return nullptr;
  if (algorithm == "rsa-sha2-512") return EVP_sha512();
  if (algorithm == "ssh-rsa") return EVP_sha1();
  return EVP_sha256();
}

/// r and s out of the DER structure that libcrypto makes (RFC 5656 section 3.1.2).
std::string ecdsa_signature(std::string_view der) {
  const std::uint8_t* cursor = octets(der);
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  check(signature != nullptr, "read its own signature");
  std::string blob;
  append_mpint(blob, magnitude(ECDSA_SIG_get0_r(signature.get())));
  append_mpint(blob, magnitude(ECDSA_SIG_get0_s(signature.get())));
  return blob;
}

}  // namespace

HostKey::HostKey(KeyType type, unsigned number)
    : type_(type), key_(derive(type, number)), blob_(public_blob(type, key_.get())) {}

std::string HostKey::sign(std::string_view bytes, std::string_view algorithm) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::string raw(1024, '\0');
  std::size_t length = raw.size();
  check(EVP_DigestSignInit(context.get(), nullptr, signature_digest(algorithm), nullptr,
                           key_.get()) == 1 &&
            EVP_DigestSign(context.get(), octets(raw), &length, octets(bytes), bytes.size()) == 1,
        "sign");
  raw.resize(length);
  std::string blob;
  ssh::append_string(blob, algorithm);
  ssh::append_string(blob, type_ == KeyType::ecdsa ? ecdsa_signature(raw) : raw);
  return blob;
}

bool HostKey::fits(KeyType type, std::string_view algorithm) {
  switch (type) {
    case KeyType::ed25519: return algorithm == "ssh-ed25519";
    case KeyType::rsa:
      return algorithm == "rsa-sha2-512" || algorithm == "rsa-sha2-256" || algorithm == "ssh-rsa";
    case KeyType::ecdsa: return algorithm == "ecdsa-sha2-nistp256";
  }
  return false;
}

}  // namespace fleetscan::simulator
