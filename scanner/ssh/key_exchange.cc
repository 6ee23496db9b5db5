#include "scanner/ssh/key_exchange.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/ephemeral_keys.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/libssh2_exchange.h"
#include "scanner/ssh/own_exchange.h"

namespace fleetscan::ssh {
namespace {

// Not for the server to choose (RFC 8308 section 2.1, OpenSSH's PROTOCOL 1.10).
constexpr std::array kFlags{"ext-info-c", "kex-strict-c-v00@openssh.com"};

/// "curve25519", "ecdh" or "diffie": methods of one kind share it.
std::string_view kind(std::string_view method) { return method.substr(0, method.find('-')); }

/// `list` and what it lacks of `more`.
NameList united(NameList list, const NameList& more) {
  for (const auto& name : more)
    if (std::ranges::find(list, name) == list.end()) list.push_back(name);
  return list;
}

/// Those of the table that one of our engines has.
template <typename Table, typename IsOurs>
NameList names(const Table& table, const NameList& of_libssh2, IsOurs is_ours) {
  NameList list;
  for (const auto& row : table)
    if (is_ours(row) || std::ranges::find(of_libssh2, row.name) != of_libssh2.end())
      list.emplace_back(row.name);
  return list;
}

/// The newest client's lists, so far as we speak what is in them, and behind them what libssh2 adds
/// for old servers. Ciphers and MACs are names only: nothing is ever encrypted.
ClientProfile make_profile(const EphemeralKeys& keys) {
  const auto& newest = client_profiles().front();
  const auto& old = libssh2_key_exchanges().profile();
  return {.name = "fleetscan",
          .kex = names(methods(), old.kex, [&](const Method& method) { return keys.know(method); }),
          .host_keys =
              names(key_algorithms(), old.host_keys,
                    [](const KeyAlgorithm& algorithm) { return algorithm.engine == Engine::own; }),
          .ciphers = united(newest.ciphers, old.ciphers),
          .macs = united(newest.macs, old.macs),
          .compression = united(newest.compression, old.compression)};
}

/// The payload of our KEXINIT, without its cookie.
std::string make_offer(const ClientProfile& profile, NameList kex, const NameList& keys) {
  kex.insert(kex.end(), kFlags.begin(), kFlags.end());
  Kexinit kexinit;
  kexinit.lists = {std::move(kex), keys,         profile.ciphers,     profile.ciphers,
                   profile.macs,   profile.macs, profile.compression, profile.compression};
  return make_kexinit(kexinit);
}

bool same_first(const NameList& ours, const NameList& servers) {
  return !ours.empty() && !servers.empty() && ours.front() == servers.front();
}

/// The server has already sent the first packet of a method that it guessed, and guessed wrong.
bool guessed_wrong(const NameList& methods, const NameList& keys, const Kexinit& server) {
  return server.first_kex_packet_follows &&
         !(same_first(methods, server[Slot::kex]) && same_first(keys, server[Slot::host_key]));
}

/// Our KEXINIT goes out before the server's has come. Only libssh2 cannot go on from one of
/// another's making, so it makes this one, and the engine is chosen when the server's offer is
/// known.
class EarlyExchange final : public KeyExchange {
 public:
  /// @param exchange  libssh2's, of the same identifications
  EarlyExchange(const EphemeralKeys& keys, const Identifications& identifications,
                std::unique_ptr<KeyExchange> exchange)
      : keys_(keys),
        own_ident_(identifications.ours),
        server_ident_(identifications.servers),
        exchange_(std::move(exchange)) {}

  Status start() override {
    const auto status = exchange_->start();
    output_ = exchange_->take_output();
    if (const auto payload = payload_of(output_)) kexinit_ = std::string{*payload};
    return status;
  }
  Status receive(std::string_view packet) override;
  [[nodiscard]] std::string take_output() override {
    return std::exchange(output_, {}) + exchange_->take_output();
  }
  [[nodiscard]] std::optional<std::string> host_key() const override {
    return exchange_->host_key();
  }
  [[nodiscard]] std::optional<unsigned> group_bits() const override {
    return exchange_->group_bits();
  }
  [[nodiscard]] Agreed agreed() const override { return exchange_->agreed(); }
  [[nodiscard]] bool is_costly() const override { return exchange_->is_costly(); }

 private:
  void choose_engine(const Kexinit& server);

  const EphemeralKeys& keys_;
  std::string own_ident_, server_ident_;
  std::string kexinit_, output_;
  bool chosen_ = false;
  std::unique_ptr<KeyExchange> exchange_;
};

KeyExchange::Status EarlyExchange::receive(std::string_view packet) {
  if (!std::exchange(chosen_, true)) {
    const auto payload = payload_of(packet);
    const auto server = payload ? parse_kexinit(*payload) : std::nullopt;
    if (!server) return Status::malformed;
    choose_engine(*server);
  }
  return exchange_->receive(packet);
}

void EarlyExchange::choose_engine(const Kexinit& server) {
  const auto ours = parse_kexinit(kexinit_);
  if (!ours) return;
  const auto &methods = (*ours)[Slot::kex], &keys = (*ours)[Slot::host_key];
  const auto choice = choose(methods, keys, server);
  if (!choice.is_own() || !keys_.know(*choice.method)) return;
  exchange_ =
      std::make_unique<OwnExchange>(keys_, Identifications{own_ident_, server_ident_}, kexinit_,
                                    true, choice, guessed_wrong(methods, keys, server));
}

class Factory final : public KeyExchangeFactory {
 public:
  Factory() { offer(make_profile(keys_)); }
  explicit Factory(const ClientProfile& client) : exact_(true) { offer(client); }

  [[nodiscard]] const ClientProfile& profile() const override { return profile_; }
  [[nodiscard]] std::unique_ptr<KeyExchange> make(const ExchangeRequest& request) const override;
  [[nodiscard]] std::optional<Slot> missing_slot(const Kexinit& server) const override;

 private:
  void offer(ClientProfile profile);
  [[nodiscard]] std::optional<Slot> missing_from_libssh2(const Kexinit& server) const;
  [[nodiscard]] bool is_ours(const Choice& choice) const {
    return choice.is_own() && keys_.know(*choice.method);
  }

  bool exact_ = false;  ///< what is agreed on is what the profile prefers, or nothing
  EphemeralKeys keys_;
  ClientProfile profile_;
  std::string kexinit_;  ///< of the usual offer, without its cookie
};

void Factory::offer(ClientProfile profile) {
  profile_ = std::move(profile);
  kexinit_ = make_offer(profile_, profile_.kex, profile_.host_keys);
}

std::unique_ptr<KeyExchange> Factory::make(const ExchangeRequest& request) const {
  const auto kex = offered(request);
  const auto host_keys = offered_keys(request);
  if (!request.server)
    return std::make_unique<EarlyExchange>(
        keys_, request.identifications,
        make_libssh2_exchange(request.identifications, kex, host_keys));
  const auto choice = choose(kex, host_keys, *request.server);
  if (!is_ours(choice)) return make_libssh2_exchange(request.identifications, kex, host_keys);
  const bool usual = !request.other_method && request.key_type.empty();
  auto kexinit = usual ? kexinit_ : make_offer(profile_, kex, host_keys);
  randombytes_buf(&kexinit[kCookieAt], kCookieBytes);
  return std::make_unique<OwnExchange>(keys_, request.identifications, std::move(kexinit), false,
                                       choice, guessed_wrong(kex, host_keys, *request.server));
}

std::optional<Slot> Factory::missing_slot(const Kexinit& server) const {
  if (is_ours(choose(profile_.kex, profile_.host_keys, server)))
    return ssh::missing_slot(profile_, server);
  return exact_ ? missing_from_libssh2(server) : libssh2_key_exchanges().missing_slot(server);
}

/// It has to agree on the same names, for the client would.
std::optional<Slot> Factory::missing_from_libssh2(const Kexinit& server) const {
  const auto& theirs = libssh2_key_exchanges().profile();
  const auto has = [&](const NameList& ours, const NameList& list, Slot slot) {
    return std::ranges::count(list, first_common(ours, server[slot])) > 0;
  };
  if (!has(profile_.kex, theirs.kex, Slot::kex)) return Slot::kex;
  if (!has(profile_.host_keys, theirs.host_keys, Slot::host_key)) return Slot::host_key;
  return libssh2_key_exchanges().missing_slot(server);
}

/// The real one is made when it is first asked for anything.
class LazyFactory final : public KeyExchangeFactory {
 public:
  [[nodiscard]] const ClientProfile& profile() const override { return factory().profile(); }
  [[nodiscard]] std::unique_ptr<KeyExchange> make(const ExchangeRequest& request) const override {
    return factory().make(request);
  }
  [[nodiscard]] std::optional<Slot> missing_slot(const Kexinit& server) const override {
    return factory().missing_slot(server);
  }

 private:
  static const Factory& factory() {
    static const Factory made;
    return made;
  }
};

}  // namespace

bool KeyExchangeFactory::has_other_method(const NameList& methods) const {
  return std::ranges::any_of(of_other_kind(methods), [&](const auto& name) {
    return std::ranges::count(methods, name) > 0;
  });
}

NameList KeyExchangeFactory::of_other_kind(const NameList& methods) const {
  auto list = profile().kex;
  const auto usual = std::ranges::find_if(
      list, [&](const auto& name) { return std::ranges::count(methods, name) > 0; });
  if (usual == list.end()) return list;
  const std::string avoided{kind(*usual)};
  std::erase_if(list, [&](const auto& name) { return kind(name) == avoided; });
  return list;
}

NameList KeyExchangeFactory::offered(const ExchangeRequest& request) const {
  if (!request.other_method) return profile().kex;
  return of_other_kind(request.server ? (*request.server)[Slot::kex] : profile().kex);
}

NameList KeyExchangeFactory::offered_keys(const ExchangeRequest& request) const {
  const auto& all = profile().host_keys;
  return request.key_type.empty() ? all : algorithms_for(request.key_type, all);
}

std::unique_ptr<const KeyExchangeFactory> key_exchanges_of(const ClientProfile& client) {
  return std::make_unique<const Factory>(client);
}

const KeyExchangeFactory& key_exchanges() {
  static const LazyFactory factory;
  return factory;
}

}  // namespace fleetscan::ssh
