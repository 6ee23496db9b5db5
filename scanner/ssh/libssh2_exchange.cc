#include "scanner/ssh/libssh2_exchange.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libssh2.h>

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/diffie_hellman.h"
#include "scanner/ssh/ephemeral_keys.h"
#include "scanner/ssh/host_key_proof.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/key_exchange.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

// libssh2 asks for a descriptor, but only hands it to fcntl, which fails without harm.
constexpr libssh2_socket_t kNoSocket = 0x3fffffff;

constexpr std::string_view kChacha = "chacha20-poly1305@openssh.com";

// Of a prime; 4096 bits cost some 30 ms, 8192 bits 250 ms.
constexpr std::size_t kCostlyBytes = 3072 / 8 + 1;

// SSH_MSG_KEXDH_REPLY, and of RFC 4419 section 5 the group and the reply.
constexpr std::uint8_t kReply = 31, kGroup = 31, kGroupReply = 33;

void initialize_library() {
  static const int status = libssh2_init(0);
  if (status != 0) throw std::bad_alloc{};  // nothing else makes it fail
}

struct FreeSession {
  void operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }
};

/// What libssh2 has allocated and not freed. It loses what an exchange that ends early was made of,
/// and frees some things twice.
class Allocations {
 public:
  Allocations() = default;
  Allocations(const Allocations&) = delete;
  Allocations& operator=(const Allocations&) = delete;
  ~Allocations() {
    for (auto* memory : living_) std::free(memory);
  }

  /// Null for want of memory, as realloc() is: then `old` stays.
  void* resize(void* old, std::size_t count) {
    auto known = living_.extract(old);
    void* memory = std::realloc(old, count);
    if (known.empty()) {
      if (memory) living_.insert(memory);
      return memory;
    }
    if (memory) known.value() = memory;
    living_.insert(std::move(known));
    return memory;
  }
  void free(void* memory) {
    if (living_.erase(memory) > 0) std::free(memory);
  }

 private:
  std::unordered_set<void*> living_;
};

/// libssh2's session and the two buffers that it reads and writes.
class Libssh2Exchange final : public KeyExchange {
 public:
  /// @param methods, host_keys  to offer: some of profile's
  Libssh2Exchange(const Identifications& identifications, NameList methods, NameList host_keys,
                  const ClientProfile& profile);
  ~Libssh2Exchange() override;

  Status start() override { return advance(); }
  Status receive(std::string_view packet) override;
  [[nodiscard]] std::string take_output() override { return std::exchange(out_, {}); }
  [[nodiscard]] std::optional<std::string> host_key() const override;
  [[nodiscard]] std::optional<unsigned> group_bits() const override { return group_bits_; }
  [[nodiscard]] Agreed agreed() const override {
    return {method_, key_ ? key_->name : std::string_view()};
  }
  [[nodiscard]] bool is_costly() const override {
    return prime_.empty() ? is_group_exchange(method_) : prime_.size() > kCostlyBytes;
  }

 private:
  Status advance();
  Status take_kexinit(std::string_view packet, std::string_view payload);
  [[nodiscard]] bool is_sound(std::string_view payload);
  [[nodiscard]] bool is_sound_group(std::string_view payload);
  [[nodiscard]] bool is_sound_reply(std::string_view payload) const;
  [[nodiscard]] bool is_possible_half(WireReader& reader) const;
  static ssize_t on_send(libssh2_socket_t, const void* bytes, size_t count, int, void** self);
  static ssize_t on_receive(libssh2_socket_t, void* space, size_t size, int, void** self);
  static void* on_allocate(size_t count, void** self);
  static void* on_reallocate(void* old, size_t count, void** self);
  static void on_free(void* memory, void** self);

  ssize_t send(std::string_view bytes);
  void* checked(void* memory);

  NameList methods_, host_keys_;
  std::string method_;                  ///< agreed on; empty before the server's KEXINIT
  const KeyAlgorithm* key_ = nullptr;   ///< likewise
  std::string prime_;                   ///< of the group, where the method has one
  std::optional<unsigned> group_bits_;  ///< in a group exchange
  std::string in_;                      ///< what libssh2 may read
  std::string out_;                     ///< what is to be sent
  Allocations memory_;
  std::unique_ptr<LIBSSH2_SESSION, FreeSession> ssh_;
  bool proved_ = false;
  bool ident_sent_ = false;
  bool over_ = false;
  bool newkeys_sent_ = false;
  bool out_of_memory_ = false;
};

Libssh2Exchange::Libssh2Exchange(const Identifications& identifications, NameList methods,
                                 NameList host_keys, const ClientProfile& profile)
    : methods_(std::move(methods)),
      host_keys_(std::move(host_keys)),
      in_(std::string{identifications.servers} + "\r\n") {
  initialize_library();
  ssh_.reset(libssh2_session_init_ex(on_allocate, on_free, on_reallocate, this));
  if (!ssh_) throw std::bad_alloc{};
  libssh2_session_set_blocking(ssh_.get(), 0);
  const auto callback = [&](int type, auto* function) {
#if LIBSSH2_VERSION_NUM >= 0x010b01  // since then the typed setter replaces the old one
    libssh2_session_callback_set2(ssh_.get(), type,
                                  reinterpret_cast<libssh2_cb_generic*>(function));
#else
    libssh2_session_callback_set(ssh_.get(), type, reinterpret_cast<void*>(function));
#endif
  };
  callback(LIBSSH2_CALLBACK_SEND, &on_send);
  callback(LIBSSH2_CALLBACK_RECV, &on_receive);
  libssh2_session_banner_set(ssh_.get(), std::string{identifications.ours}.c_str());
  const auto prefer = [&](int slot, const NameList& names) {
    libssh2_session_method_pref(ssh_.get(), slot, fmt::format("{}", fmt::join(names, ",")).c_str());
  };
  prefer(LIBSSH2_METHOD_HOSTKEY, host_keys_);
  prefer(LIBSSH2_METHOD_KEX, methods_);
  prefer(LIBSSH2_METHOD_CRYPT_CS, profile.ciphers);
  prefer(LIBSSH2_METHOD_CRYPT_SC, profile.ciphers);
}

// libssh2 up to 1.11.1 frees the host key only of a session that has changed to its new keys. So it
// is shown a NEWKEYS of our own making, and sends the rest of its talk to nobody.
// NOTE: the key of a reply that it refused stays lost, some 400 bytes.
Libssh2Exchange::~Libssh2Exchange() {
  if (!proved_) return;
  in_ = make_packet(std::string(1, static_cast<char>(Message::newkeys)));
  over_ = true;
  libssh2_session_handshake(ssh_.get(), kNoSocket);
}

KeyExchange::Status Libssh2Exchange::advance() {
  const int status = libssh2_session_handshake(ssh_.get(), kNoSocket);
  if (out_of_memory_) return Status::out_of_memory;
  if (proved_) return Status::proved;
  return status == LIBSSH2_ERROR_EAGAIN ? Status::waiting : Status::failed;
}

ssize_t Libssh2Exchange::send(std::string_view bytes) {
  const auto whole = static_cast<ssize_t>(bytes.size());
  if (over_) return std::exchange(newkeys_sent_, true) ? -EAGAIN : whole;
  if (!ident_sent_) {  // the machine has sent it already
    ident_sent_ = true;
    return whole;
  }
  PacketReader reader;
  reader.receive(bytes);
  const auto packet = reader.next();
  if (packet && packet->message() == Message::newkeys) {
    proved_ = true;
    return -EAGAIN;  // so it never goes on to encrypt or decrypt
  }
  if (packet && packet->message() == Message::kexinit)
    out_ += make_packet(packet->payload, kMinKexinitBytes);
  else
    out_ += bytes;
  return whole;
}

ssize_t Libssh2Exchange::on_send(libssh2_socket_t, const void* bytes, size_t count, int,
                                 void** self) {
  return static_cast<Libssh2Exchange*>(*self)->send({static_cast<const char*>(bytes), count});
}

ssize_t Libssh2Exchange::on_receive(libssh2_socket_t, void* space, size_t size, int, void** self) {
  auto& in = static_cast<Libssh2Exchange*>(*self)->in_;
  if (in.empty()) return -EAGAIN;
  const auto count = in.copy(static_cast<char*>(space), size);
  in.erase(0, count);
  return static_cast<ssize_t>(count);
}

void* Libssh2Exchange::checked(void* memory) {
  if (memory) return memory;
  out_of_memory_ = true;
  // libssh2 up to 1.11.1 frees some things twice after a refusal: who has a handler leaves here.
  if (const auto handler = std::get_new_handler()) handler();
  return nullptr;
}
void* Libssh2Exchange::on_allocate(size_t count, void** self) {
  auto* exchange = static_cast<Libssh2Exchange*>(*self);
  return exchange->checked(exchange->memory_.resize(nullptr, count));
}
void* Libssh2Exchange::on_reallocate(void* old, size_t count, void** self) {
  auto* exchange = static_cast<Libssh2Exchange*>(*self);
  return exchange->checked(exchange->memory_.resize(old, count));
}
void Libssh2Exchange::on_free(void* memory, void** self) {
  static_cast<Libssh2Exchange*>(*self)->memory_.free(memory);
}

KeyExchange::Status Libssh2Exchange::receive(std::string_view packet) {
  const auto payload = payload_of(packet);
  if (!payload) return Status::malformed;
  if (method_.empty()) return take_kexinit(packet, *payload);
  if (!is_sound(*payload)) return Status::malformed;
  in_.append(packet);
  const auto status = advance();
  return status == Status::failed ? Status::bad_signature : status;
}

KeyExchange::Status Libssh2Exchange::take_kexinit(std::string_view packet,
                                                  std::string_view payload) {
  const auto server = parse_kexinit(payload);
  if (!server) return Status::malformed;
  method_ = first_common(methods_, (*server)[Slot::kex]);
  key_ = find_key_algorithm(first_common(host_keys_, (*server)[Slot::host_key]));
  if (method_.empty() || !key_) return Status::unsupported;
  prime_ = prime_of(method_);
  in_.append(packet);
  const auto status = advance();
  return status == Status::failed ? Status::unsupported : status;
}

/// Whether the packet is the next one of its method, and fit to be computed with.
bool Libssh2Exchange::is_sound(std::string_view payload) {
  const auto message = static_cast<std::uint8_t>(payload.front());
  if (!is_group_exchange(method_)) return message == kReply && is_sound_reply(payload);
  if (prime_.empty()) return message == kGroup && is_sound_group(payload);
  return message == kGroupReply && is_sound_reply(payload);
}

bool Libssh2Exchange::is_sound_group(std::string_view payload) {
  const auto group = parse_group(payload);
  if (!group) return false;
  group_bits_ = ssh::group_bits(*group);
  prime_ = group->prime;
  return group_bits_.has_value();
}

/// RFC 4253 section 8, RFC 5656 section 4: a host key, the server's half, a signature.
bool Libssh2Exchange::is_sound_reply(std::string_view payload) const {
  WireReader reader(payload);
  (void)reader.byte();
  const auto key = reader.string();
  if (!key || !is_possible_half(reader)) return false;
  const auto signature = reader.string();
  return signature && reader.at_end() && is_proof_of(*key_, *key, *signature);
}

bool Libssh2Exchange::is_possible_half(WireReader& reader) const {
  if (!prime_.empty()) {
    const auto value = reader.mpint();
    return value && is_possible_value(*value, prime_);
  }
  const auto share = reader.string();
  const auto* method = find_method(method_);
  return share && method && is_possible_share(method->curve, *share);
}

std::optional<std::string> Libssh2Exchange::host_key() const {
  if (!proved_) return std::nullopt;
  std::size_t size = 0;
  int type = 0;
  const char* key = libssh2_session_hostkey(ssh_.get(), &size, &type);
  if (!key) return std::nullopt;
  return std::string(key, size);
}

/// The names that libssh2 supports in one slot, in its order of preference.
NameList supported(LIBSSH2_SESSION* session, int method) {
  const char** names = nullptr;
  const int count = libssh2_session_supported_algs(session, method, &names);
  if (count <= 0) return {};
  NameList list(names, names + count);
  libssh2_free(session, names);
  return list;
}

template <typename One>
std::string_view name_of(const One& one) {
  if constexpr (std::convertible_to<One, std::string_view>)
    return one;
  else
    return one.name;
}

/// Those of our names, or of our table, that this build of libssh2 has.
template <typename Ours>
NameList known(const Ours& ours, const NameList& supported) {
  NameList list;
  for (const auto& one : ours)
    if (std::ranges::find(supported, name_of(one)) != supported.end())
      list.emplace_back(name_of(one));
  return list;
}

/// This one last: libssh2 up to 1.11.1 wants a MAC in common with it, too.
NameList chacha_last(NameList ciphers) {
  std::stable_partition(ciphers.begin(), ciphers.end(),
                        [](const auto& name) { return name != kChacha; });
  return ciphers;
}

class Libssh2Factory final : public KeyExchangeFactory {
 public:
  [[nodiscard]] const ClientProfile& profile() const override;
  [[nodiscard]] std::unique_ptr<KeyExchange> make(const ExchangeRequest& request) const override {
    return std::make_unique<Libssh2Exchange>(request.identifications, offered(request),
                                             offered_keys(request), profile());
  }
  [[nodiscard]] std::optional<Slot> missing_slot(const Kexinit& server) const override;
};

const ClientProfile& Libssh2Factory::profile() const {
  static const ClientProfile profile = [] {
    initialize_library();
    std::unique_ptr<LIBSSH2_SESSION, FreeSession> session(libssh2_session_init());
    if (!session) throw std::bad_alloc{};
    const auto names = [&](int slot) { return supported(session.get(), slot); };
    return ClientProfile{.name = "libssh2",
                         .kex = known(methods(), names(LIBSSH2_METHOD_KEX)),
                         .host_keys = known(key_algorithms(), names(LIBSSH2_METHOD_HOSTKEY)),
                         .ciphers = chacha_last(names(LIBSSH2_METHOD_CRYPT_CS)),
                         .macs = names(LIBSSH2_METHOD_MAC_CS),
                         .compression = names(LIBSSH2_METHOD_COMP_CS)};
  }();
  return profile;
}

std::optional<Slot> Libssh2Factory::missing_slot(const Kexinit& server) const {
  if (const auto slot = ssh::missing_slot(profile(), server)) return slot;
  for (const auto& [cipher, mac] :
       {std::pair{Slot::cipher_c2s, Slot::mac_c2s}, std::pair{Slot::cipher_s2c, Slot::mac_s2c}})
    if (first_common(profile().ciphers, server[cipher]) == kChacha &&
        first_common(profile().macs, server[mac]).empty())
      return mac;
  return std::nullopt;
}

}  // namespace

const KeyExchangeFactory& libssh2_key_exchanges() {
  static const Libssh2Factory factory;
  return factory;
}

std::unique_ptr<KeyExchange> make_libssh2_exchange(const Identifications& identifications,
                                                   const NameList& methods,
                                                   const NameList& host_keys) {
  const auto& profile = libssh2_key_exchanges().profile();
  return std::make_unique<Libssh2Exchange>(identifications, known(methods, profile.kex),
                                           known(host_keys, profile.host_keys), profile);
}

}  // namespace fleetscan::ssh
