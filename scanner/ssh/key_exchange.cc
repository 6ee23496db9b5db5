#include "scanner/ssh/key_exchange.h"

#include <fmt/ranges.h>
#include <libssh2.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/public_key.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

// libssh2 asks for a descriptor, but only hands it to fcntl, which fails without harm.
constexpr libssh2_socket_t kNoSocket = 0x3fffffff;

// OpenSSH's order: the cheapest and most common key first.
constexpr const char* kHostKeyOrder =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
    "rsa-sha2-256,ssh-rsa,ssh-dss";

void initialize_library() {
  static const int status = libssh2_init(0);
  if (status != 0) throw std::bad_alloc{};  // nothing else makes it fail
}

struct FreeSession {
  void operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }
};

/// A reply is well-formed when it consists of a host key, the server's half and a signature
/// (RFC 4253 section 8, RFC 5656 section 4): what is then refused is the signature.
bool is_whole_reply(std::string_view payload) {
  WireReader reader(payload);
  (void)reader.byte();
  const auto key = reader.string();
  const auto half = reader.string();
  const auto signature = reader.string();
  if (!key || !half || !signature || !reader.at_end() || half->empty()) return false;
  WireReader inside(*signature);
  const auto algorithm = inside.string();
  const auto proof = inside.string();
  return algorithm && proof && !algorithm->empty() && !proof->empty() && inside.at_end() &&
         public_key_type(*key).has_value();
}

/// "curve25519", "ecdh" or "diffie": methods of one kind share it.
std::string_view kind(std::string_view method) { return method.substr(0, method.find('-')); }

/// libssh2's session and the two buffers that it reads and writes.
class Libssh2Exchange final : public KeyExchange {
 public:
  /// @param methods  to offer, joined by commas; empty: all
  Libssh2Exchange(std::string_view own_ident, std::string_view server_ident,
                  const std::string& methods);
  ~Libssh2Exchange() override;

  Status start() override { return advance(); }
  Status receive(std::string_view packet) override;
  [[nodiscard]] std::string take_output() override { return std::exchange(out_, {}); }
  [[nodiscard]] std::optional<std::string> host_key() const override;

 private:
  Status advance();
  static ssize_t on_send(libssh2_socket_t, const void* bytes, size_t count, int, void** self);
  static ssize_t on_receive(libssh2_socket_t, void* space, size_t size, int, void** self);
  static void* on_allocate(size_t count, void** self);
  static void* on_reallocate(void* old, size_t count, void** self);
  static void on_free(void* memory, void** self);

  ssize_t send(std::string_view bytes);
  void* checked(void* memory);

  std::string in_;   ///< what libssh2 may read
  std::string out_;  ///< what is to be sent
  std::unique_ptr<LIBSSH2_SESSION, FreeSession> ssh_;
  bool proved_ = false;
  bool ident_sent_ = false;
  bool over_ = false;
  bool newkeys_sent_ = false;
  bool out_of_memory_ = false;
};

Libssh2Exchange::Libssh2Exchange(std::string_view own_ident, std::string_view server_ident,
                                 const std::string& methods)
    : in_(std::string{server_ident} + "\r\n") {
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
  libssh2_session_banner_set(ssh_.get(), std::string{own_ident}.c_str());
  libssh2_session_method_pref(ssh_.get(), LIBSSH2_METHOD_HOSTKEY, kHostKeyOrder);
  if (!methods.empty())
    libssh2_session_method_pref(ssh_.get(), LIBSSH2_METHOD_KEX, methods.c_str());
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
  return static_cast<Libssh2Exchange*>(*self)->checked(std::malloc(count));
}
void* Libssh2Exchange::on_reallocate(void* old, size_t count, void** self) {
  return static_cast<Libssh2Exchange*>(*self)->checked(std::realloc(old, count));
}
void Libssh2Exchange::on_free(void* memory, void**) { std::free(memory); }

KeyExchange::Status Libssh2Exchange::receive(std::string_view packet) {
  in_.append(packet);
  const auto status = advance();
  if (status != Status::failed) return status;
  PacketReader reader;
  reader.receive(packet);
  const auto read = reader.next();
  if (!read || read->message() == Message::kexinit) return Status::failed;
  return is_whole_reply(read->payload) ? Status::bad_signature : Status::malformed;
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

/// Those that we let it offer: kHostKeyOrder without what this build of libssh2 lacks.
NameList host_keys(LIBSSH2_SESSION* session) {
  const auto known = supported(session, LIBSSH2_METHOD_HOSTKEY);
  auto list = split_name_list(kHostKeyOrder);
  std::erase_if(list, [&](const auto& name) { return std::ranges::count(known, name) == 0; });
  return list;
}

class Libssh2Factory final : public KeyExchangeFactory {
 public:
  [[nodiscard]] const ClientProfile& profile() const override;
  [[nodiscard]] std::unique_ptr<KeyExchange> make(std::string_view own_ident,
                                                  std::string_view server_ident,
                                                  const NameList* other_than) const override;
};

const ClientProfile& Libssh2Factory::profile() const {
  static const ClientProfile profile = [] {
    initialize_library();
    std::unique_ptr<LIBSSH2_SESSION, FreeSession> session(libssh2_session_init());
    if (!session) throw std::bad_alloc{};
    return ClientProfile{"libssh2",
                         true,
                         supported(session.get(), LIBSSH2_METHOD_KEX),
                         host_keys(session.get()),
                         supported(session.get(), LIBSSH2_METHOD_CRYPT_CS),
                         supported(session.get(), LIBSSH2_METHOD_MAC_CS),
                         supported(session.get(), LIBSSH2_METHOD_COMP_CS)};
  }();
  return profile;
}

std::unique_ptr<KeyExchange> Libssh2Factory::make(std::string_view own_ident,
                                                  std::string_view server_ident,
                                                  const NameList* other_than) const {
  const auto methods =
      other_than ? fmt::format("{}", fmt::join(of_other_kind(*other_than), ",")) : std::string{};
  return std::make_unique<Libssh2Exchange>(own_ident, server_ident, methods);
}

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

const KeyExchangeFactory& libssh2_key_exchanges() {
  static const Libssh2Factory factory;
  return factory;
}

}  // namespace fleetscan::ssh
