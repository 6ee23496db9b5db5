#include "tests/simulator/key_exchange.h"

#include <algorithm>
#include <optional>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/wire.h"
#include "tests/simulator/libcrypto.h"
#include "tests/simulator/wire.h"

namespace fleetscan::simulator {
namespace {

constexpr std::size_t kX25519Bytes = 32;
constexpr std::size_t kGroup14Bytes = 256;
constexpr std::uint32_t kKeyExchangeFailed = 3;  // RFC 4253 section 11.1

/// The client's first name that the server has too; empty if none.
std::string agree(const ssh::NameList& client, const ssh::NameList& server) {
  const auto found = std::ranges::find_if(
      client, [&](const auto& name) { return std::ranges::find(server, name) != server.end(); });
  return found == client.end() ? std::string() : *found;
}

bool same_first(const ssh::NameList& a, const ssh::NameList& b) {
  return !a.empty() && !b.empty() && a.front() == b.front();
}

/// The client has already sent the first message of another method (RFC 4253 section 7).
bool guessed_wrong(const ssh::Kexinit& client, const ssh::Kexinit& server) {
  return client.first_kex_packet_follows &&
         !(same_first(client[ssh::Slot::kex], server[ssh::Slot::kex]) &&
           same_first(client[ssh::Slot::host_key], server[ssh::Slot::host_key]));
}

std::string message(ExchangeMessage number) { return std::string(1, static_cast<char>(number)); }

Answer refuse(const std::string& text) {
  return {Answer::Kind::refuse, ssh::make_packet(ssh::make_disconnect(kKeyExchangeFailed, text))};
}

}  // namespace

struct KeyExchange::Method {
  enum class Family : std::uint8_t { curve, group14, group_exchange };
  std::string_view name;
  Family family;
  const char* digest;

  [[nodiscard]] ExchangeMessage init() const {
    return family == Family::group_exchange ? kGroupInit : kExchangeInit;
  }
  [[nodiscard]] ExchangeMessage reply() const {
    return family == Family::group_exchange ? kGroupReply : kExchangeReply;
  }
  [[nodiscard]] static const Method* find(std::string_view name);
};

const KeyExchange::Method* KeyExchange::Method::find(std::string_view name) {
  static constexpr Method kMethods[] = {
      {"curve25519-sha256", Family::curve, "SHA256"},
      {"curve25519-sha256@libssh.org", Family::curve, "SHA256"},
      {"diffie-hellman-group14-sha256", Family::group14, "SHA256"},
      {"diffie-hellman-group14-sha1", Family::group14, "SHA1"},
      {"diffie-hellman-group-exchange-sha256", Family::group_exchange, "SHA256"},
      {"diffie-hellman-group-exchange-sha1", Family::group_exchange, "SHA1"},
  };
  const auto* found = std::ranges::find(kMethods, name, &Method::name);
  return found == std::end(kMethods) ? nullptr : found;
}

struct KeyExchange::Agreed {
  const Method* method;
  const HostKey* key;
  std::string key_algorithm;
};

struct KeyExchange::Secrets {
  Key curve_key;
  std::string curve_public = std::string(kX25519Bytes, '\0');
  BigNumber prime, generator, exponent, group_public;
  NumberContext context;

  Secrets();
  [[nodiscard]] std::optional<std::string> curve_shared(std::string_view peer) const;
  [[nodiscard]] std::optional<std::string> group_shared(std::string_view peer) const;
};

KeyExchange::Secrets::Secrets()
    : prime(BN_get_rfc3526_prime_2048(nullptr)),
      generator(number("\x02")),
      group_public(BN_new()),
      context(BN_CTX_new()) {
  const auto seed = digest("SHA256", "the simulated fleet's ephemeral key");
  exponent = number(seed);
  curve_key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr,
                                               octets(std::string_view(seed)), kX25519Bytes));
  std::size_t length = curve_public.size();
  check(EVP_PKEY_get_raw_public_key(curve_key.get(), octets(curve_public), &length) == 1 &&
            BN_mod_exp(group_public.get(), generator.get(), exponent.get(), prime.get(),
                       context.get()) == 1,
        "make ephemeral keys");
}

std::optional<std::string> KeyExchange::Secrets::curve_shared(std::string_view peer) const {
  if (peer.size() != kX25519Bytes) return std::nullopt;
  const Key peer_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, octets(peer), peer.size()));
  const KeyContext derivation(EVP_PKEY_CTX_new(curve_key.get(), nullptr));
  std::string shared(kX25519Bytes, '\0');
  std::size_t length = shared.size();
  if (EVP_PKEY_derive_init(derivation.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(derivation.get(), peer_key.get(), 0) != 1 ||
      EVP_PKEY_derive(derivation.get(), octets(shared), &length) != 1) {
    return std::nullopt;  // a point of small order
  }
  return shared;
}

std::optional<std::string> KeyExchange::Secrets::group_shared(std::string_view peer) const {
  if (peer.size() > kGroup14Bytes + 1) return std::nullopt;
  const auto e = number(peer);
  if (BN_is_zero(e.get()) || BN_is_one(e.get()) || BN_cmp(e.get(), prime.get()) >= 0) {
    return std::nullopt;
  }
  const BigNumber shared(BN_new());
  check(BN_mod_exp(shared.get(), e.get(), exponent.get(), prime.get(), context.get()) == 1,
        "raise to a power");
  return magnitude(shared.get());
}

KeyExchange::KeyExchange() : secrets_(std::make_unique<Secrets>()) {}
KeyExchange::~KeyExchange() = default;

Answer KeyExchange::answer(const Server& server, ClientStream& client, std::string& group_request,
                           bool false_proof) const {
  const auto offer = ssh::parse_kexinit(client.kexinit());
  if (!offer) return refuse("malformed KEXINIT");
  const auto bytes = client.take_kex_message();
  if (guessed_wrong(*offer, server.offer) && client.kex_messages() == 1) {
    return {Answer::Kind::more};
  }
  const auto kex = agree((*offer)[ssh::Slot::kex], server.offer[ssh::Slot::kex]);
  Agreed agreed{Method::find(kex), nullptr,
                agree((*offer)[ssh::Slot::host_key], server.offer[ssh::Slot::host_key])};
  if (kex.empty() || agreed.key_algorithm.empty()) return {};  // as OpenSSH: without a word
  if (agreed.method == nullptr) return refuse("no simulated host computes " + kex);
  const auto key = std::ranges::find_if(server.host_keys, [&](const auto& candidate) {
    return HostKey::fits(candidate->type(), agreed.key_algorithm);
  });
  if (key == server.host_keys.end()) return refuse("no key for " + agreed.key_algorithm);
  agreed.key = key->get();

  ssh::WireReader reader(bytes);
  const auto kind = reader.byte();
  if (agreed.method->family == Method::Family::group_exchange && kind == kGroupRequest) {
    group_request = bytes.substr(1);
    auto group = message(kGroup);
    append_mpint(group, magnitude(secrets_->prime.get()));
    append_mpint(group, magnitude(secrets_->generator.get()));
    return {Answer::Kind::more, ssh::make_packet(group)};
  }
  const auto client_public = reader.string();
  if (kind != agreed.method->init() || !client_public) return refuse("not the message that is due");
  return reply(agreed, server, client, *client_public, group_request, false_proof);
}

/// RFC 4253 section 8, RFC 5656 section 4, RFC 4419 section 3.
Answer KeyExchange::reply(const Agreed& agreed, const Server& server, const ClientStream& client,
                          std::string_view client_public, std::string_view group_request,
                          bool false_proof) const {
  const auto& [method, key, algorithm] = agreed;
  const bool curve = method->family == Method::Family::curve;
  const auto shared =
      curve ? secrets_->curve_shared(client_public) : secrets_->group_shared(client_public);
  if (!shared) return refuse("impossible public value");

  std::string hashed;
  ssh::append_string(hashed, client.identification());
  ssh::append_string(hashed, server.identification);
  ssh::append_string(hashed, client.kexinit());
  ssh::append_string(hashed, server.kexinit);
  ssh::append_string(hashed, key->blob());
  if (method->family == Method::Family::group_exchange) {
    hashed += group_request;
    append_mpint(hashed, magnitude(secrets_->prime.get()));
    append_mpint(hashed, magnitude(secrets_->generator.get()));
  }
  std::string our_public;
  if (curve) {
    ssh::append_string(hashed, client_public);
    ssh::append_string(our_public, secrets_->curve_public);
  } else {
    append_mpint(hashed, client_public);
    append_mpint(our_public, magnitude(secrets_->group_public.get()));
  }
  hashed += our_public;
  append_mpint(hashed, *shared);
  auto hash = digest(method->digest, hashed);
  if (false_proof) hash.front() = static_cast<char>(hash.front() ^ 1);

  auto payload = message(method->reply());
  ssh::append_string(payload, key->blob());
  payload += our_public;
  ssh::append_string(payload, key->sign(hash, algorithm));
  return {Answer::Kind::proof,
          ssh::make_packet(payload) +
              ssh::make_packet(std::string(1, static_cast<char>(ssh::Message::newkeys)))};
}

}  // namespace fleetscan::simulator
