#include "tests/support/exchange_server.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::test {
namespace {

using ssh::append_mpint, ssh::append_string, ssh::append_uint32, ssh::octets;
using Pair = std::shared_ptr<EVP_PKEY>;

void check(bool worked) {
  if (!worked) throw std::runtime_error("libcrypto failed");
}

Pair owned(EVP_PKEY* key) {
  check(key != nullptr);
  return {key, EVP_PKEY_free};
}

const char* curve_name(unsigned bits) {
  return bits == 256 ? "P-256" : bits == 384 ? "P-384" : "P-521";
}

unsigned curve_bits(std::string_view key_type) {
  return key_type.find("384") != key_type.npos   ? 384
         : key_type.find("521") != key_type.npos ? 521
                                                 : 256;
}

Pair make_pair(const ssh::KeyAlgorithm& algorithm, unsigned rsa_bits) {
  switch (algorithm.form) {
    case ssh::KeyForm::ed25519:
    case ssh::KeyForm::sk_ed25519: return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case ssh::KeyForm::rsa:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(rsa_bits)));
    default:
      return owned(
          EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve_name(curve_bits(algorithm.key_type))));
  }
}

Pair pair_of(const ssh::KeyAlgorithm& algorithm, unsigned rsa_bits) {
  static std::map<std::pair<std::string, unsigned>, Pair> pairs;
  auto& pair = pairs[{std::string{algorithm.signature_name}, rsa_bits}];
  if (!pair) pair = make_pair(algorithm, rsa_bits);
  return pair;
}

std::string public_bytes(EVP_PKEY* key) {
  std::string bytes(256, '\0');
  auto size = bytes.size();
  check(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, octets(bytes), bytes.size(),
                                        &size) == 1);
  bytes.resize(size);
  return bytes;
}

std::string number(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  check(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, octets(bytes));
  BN_free(value);
  return bytes;
}

/// Everything of a bare key behind its type.
std::string fields_of(const ssh::KeyAlgorithm& algorithm, EVP_PKEY* pair) {
  std::string fields;
  const bool token =
      algorithm.form == ssh::KeyForm::sk_ed25519 || algorithm.form == ssh::KeyForm::sk_ecdsa;
  if (algorithm.form == ssh::KeyForm::rsa) {
    append_mpint(fields, number(pair, OSSL_PKEY_PARAM_RSA_E));
    append_mpint(fields, number(pair, OSSL_PKEY_PARAM_RSA_N));
    return fields;
  }
  if (algorithm.form == ssh::KeyForm::ecdsa || algorithm.form == ssh::KeyForm::sk_ecdsa)
    append_string(fields, "nistp" + std::to_string(curve_bits(algorithm.key_type)));
  append_string(fields, public_bytes(pair));
  if (token) append_string(fields, "ssh:");
  return fields;
}

std::string raw_signature(EVP_PKEY* pair, const EVP_MD* md, std::string_view message) {
  const ssh::DigestContext context(EVP_MD_CTX_new());
  std::string raw(2048, '\0');
  auto size = raw.size();
  check(EVP_DigestSignInit(context.get(), nullptr, md, nullptr, pair) == 1 &&
        EVP_DigestSign(context.get(), octets(raw), &size, octets(message), message.size()) == 1);
  raw.resize(size);
  return raw;
}

std::string two_numbers(std::string_view der) {
  const auto* cursor = octets(der);
  const std::unique_ptr<ECDSA_SIG, ssh::FreeBy<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  check(signature != nullptr);
  std::string text;
  for (const auto* value : {ECDSA_SIG_get0_r(signature.get()), ECDSA_SIG_get0_s(signature.get())}) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, octets(bytes));
    append_mpint(text, bytes);
  }
  return text;
}

/// OpenSSH's PROTOCOL.certkeys: a host's certificate, signed by an Ed25519 key.
std::string certified(const ssh::KeyAlgorithm& algorithm, const std::string& fields) {
  const auto& signer = *ssh::find_key_algorithm("ssh-ed25519");
  static const Pair authority = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::string authority_blob, principals, signature, blob;
  append_string(authority_blob, signer.key_type);
  append_string(authority_blob, public_bytes(authority.get()));
  append_string(principals, "web01.example.net");
  append_string(blob, algorithm.key_type);
  append_string(blob, std::string(32, 'n'));
  blob += fields;
  blob += std::string(7, '\0') + '\x05';  // serial
  append_uint32(blob, 2);                 // of a host
  append_string(blob, "web01");
  append_string(blob, principals);
  blob += std::string(8, '\0') + std::string(8, '\xff');
  for (int empty = 0; empty < 3; ++empty) append_string(blob, "");
  append_string(blob, authority_blob);
  append_string(signature, signer.signature_name);
  append_string(signature, raw_signature(authority.get(), nullptr, blob));
  append_string(blob, signature);
  return blob;
}

std::string derive(EVP_PKEY* pair, EVP_PKEY* peer) {
  const ssh::PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, pair, nullptr));
  std::string secret(80, '\0');
  auto size = secret.size();
  check(EVP_PKEY_derive_init(context.get()) == 1 &&
        EVP_PKEY_derive_set_peer(context.get(), peer) == 1 &&
        EVP_PKEY_derive(context.get(), octets(secret), &size) == 1);
  secret.resize(size);
  return secret;
}

Agreed classical(ssh::Curve curve, std::string_view share) {
  if (curve == ssh::Curve::x25519) {
    const auto pair = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
    const auto peer =
        owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, octets(share), share.size()));
    return {public_bytes(pair.get()), derive(pair.get(), peer.get())};
  }
  const auto pair = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", ssh::nist_curve(curve).name));
  const auto peer = ssh::point_on_curve(curve, share);
  check(peer != nullptr);
  return {public_bytes(pair.get()), derive(pair.get(), peer.get())};
}

std::optional<Agreed> encapsulated(const char* name, std::string_view key) {
  EVP_PKEY* made = nullptr;
  const ssh::PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  std::string bytes{key};
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end()};
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params) != 1)
    return std::nullopt;
  const auto peer = owned(made);
  const ssh::PkeyContext use(EVP_PKEY_CTX_new_from_pkey(nullptr, peer.get(), nullptr));
  std::size_t ciphertext_size = 0, secret_size = 0;
  check(EVP_PKEY_encapsulate_init(use.get(), nullptr) == 1 &&
        EVP_PKEY_encapsulate(use.get(), nullptr, &ciphertext_size, nullptr, &secret_size) == 1);
  Agreed agreed{std::string(ciphertext_size, '\0'), std::string(secret_size, '\0')};
  check(EVP_PKEY_encapsulate(use.get(), octets(agreed.share), &ciphertext_size,
                             octets(agreed.secret), &secret_size) == 1);
  return agreed;
}

/// The payloads of the packets that a client sent.
std::vector<std::string> payloads(std::string_view said) {
  ssh::PacketReader reader;
  reader.receive(said);
  std::vector<std::string> found;
  while (const auto packet = reader.next()) found.emplace_back(packet->payload);
  return found;
}

std::string share_in(std::string_view init) {
  ssh::WireReader reader(init);
  (void)reader.byte();
  return std::string{reader.string().value_or("")};
}

}  // namespace

ServerKey::ServerKey(const ssh::KeyAlgorithm& algorithm, unsigned rsa_bits)
    : algorithm_(algorithm), pair_(pair_of(algorithm, rsa_bits)) {
  const auto fields = fields_of(algorithm, pair_.get());
  append_string(bare_, bare_type(algorithm));
  bare_ += fields;
  blob_ = algorithm.key_type == bare_type(algorithm) ? bare_ : certified(algorithm, fields);
}

std::string ServerKey::sign(std::string_view message) const {
  using enum ssh::KeyForm;
  const bool token = algorithm_.form == sk_ed25519 || algorithm_.form == sk_ecdsa;
  const bool edwards = algorithm_.form == ed25519 || algorithm_.form == sk_ed25519;
  const std::string flags_and_counter{"\x01\0\0\0\x07", 5};
  std::string signed_bytes{message};
  if (token)
    signed_bytes = ssh::hash_of(ssh::Hash::sha256, "ssh:") + flags_and_counter +
                   ssh::hash_of(ssh::Hash::sha256, message);
  const auto* md = edwards ? nullptr : ssh::digest(algorithm_.hash);
  const auto raw = raw_signature(pair_.get(), md, signed_bytes);
  std::string signature;
  append_string(signature, algorithm_.signature_name);
  append_string(signature, edwards || algorithm_.form == rsa ? raw : two_numbers(raw));
  return token ? signature + flags_and_counter : signature;
}

std::string Reply::payload() const {
  std::string text(1, '\x1f');
  for (const auto* part : {&key, &share, &signature}) append_string(text, *part);
  return text;
}
std::string Reply::packet() const { return ssh::make_packet(payload()); }

ssh::Kexinit ExchangeServer::offer() const {
  const ssh::NameList cipher{"aes128-ctr"}, mac{"hmac-sha2-256"}, none{"none"};
  return {.lists = {ssh::NameList{std::string{method.name}},
                    ssh::NameList{std::string{algorithm.name}}, cipher, cipher, mac, mac, none,
                    none}};
}
std::string ExchangeServer::kexinit() const { return ssh::make_kexinit(offer()); }

Reply ExchangeServer::answer(std::string_view client_ident, std::string_view said) const {
  const auto packets = payloads(said);
  check(packets.size() == 2);
  const auto agreed = agree(method, share_in(packets[1]));
  check(agreed.has_value());
  return answer(client_ident, said, agreed->share, agreed->secret);
}

Reply ExchangeServer::answer(std::string_view client_ident, std::string_view said,
                             const std::string& share, const std::string& secret) const {
  const auto packets = payloads(said);
  check(packets.size() == 2);
  std::string hashed;
  for (const auto part : {client_ident, kIdent, std::string_view{packets[0]}})
    append_string(hashed, part);
  append_string(hashed, kexinit());
  append_string(hashed, key.blob());
  append_string(hashed, share_in(packets[1]));
  append_string(hashed, share);
  return {key.blob(), share, key.sign(ssh::hash_of(method.hash, hashed + secret))};
}

std::optional<Agreed> agree(const ssh::Method& method, std::string_view client_share) {
  const std::size_t key_size = method.kem == ssh::Kem::none       ? 0
                               : method.kem == ssh::Kem::mlkem768 ? 1184
                                                                  : 1568;
  check(client_share.size() > key_size);
  auto curve = classical(method.curve, client_share.substr(key_size));
  std::string secret;
  if (method.kem == ssh::Kem::none) {
    append_mpint(secret, curve.secret);
    return Agreed{curve.share, secret};
  }
  const auto kem = encapsulated(method.kem == ssh::Kem::mlkem768 ? "ML-KEM-768" : "ML-KEM-1024",
                                client_share.substr(0, key_size));
  if (!kem) return std::nullopt;
  append_string(secret, ssh::hash_of(method.hash, kem->secret + curve.secret));
  return Agreed{kem->share + curve.share, secret};
}

}  // namespace fleetscan::test
