#pragma once
// The key exchange as a transformer of bytes between two buffers, without a socket, and the factory
// that makes one for each probe.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {

/// Our KEXINIT has at least this many bytes, so that a path which loses full-size segments loses
/// ours as it loses OpenSSH's (1560 bytes in 9.2).
inline constexpr std::size_t kMinKexinitBytes = 1500;

/// What two offers lead to (RFC 4253 section 7.1); views tables, or the exchange.
struct Agreed {
  std::string_view method = {};  ///< empty before the server's KEXINIT, or if it came to none
  std::string_view key_algorithm = {};  ///< likewise
};

/// Proves a server's host key by one key exchange (RFC 4253 sections 7 and 8), and stops before
/// anything is encrypted: our NEWKEYS is never sent, the server's never read.
class KeyExchange {
 public:
  enum class Status : std::uint8_t {
    waiting,        ///< for the server's next packet
    proved,         ///< host_key() is the server's: its signature fits
    bad_signature,  ///< a well-formed reply whose signature does not fit
    malformed,      ///< the server's last packet makes no sense
    unsupported,    ///< the offers meet, but in something that the library cannot do
    failed,         ///< the library gave up for a reason that we do not see
    out_of_memory,
  };

  KeyExchange() = default;
  KeyExchange(const KeyExchange&) = delete;
  KeyExchange& operator=(const KeyExchange&) = delete;
  virtual ~KeyExchange() = default;

  /// Makes our KEXINIT. Call first, once.
  virtual Status start() = 0;
  /// Takes one whole packet: the server's KEXINIT, then those of its key exchange method.
  virtual Status receive(std::string_view packet) = 0;

  [[nodiscard]] virtual std::string take_output() = 0;  ///< bytes to send now
  /// The server's public key blob; nothing before `proved`.
  [[nodiscard]] virtual std::optional<std::string> host_key() const = 0;
  /// The size of the group that the server chose in a group exchange; nothing in other methods.
  [[nodiscard]] virtual std::optional<unsigned> group_bits() const { return std::nullopt; }
  [[nodiscard]] virtual Agreed agreed() const { return {}; }
  /// The next packet may cost tens of milliseconds or more: large finite fields.
  [[nodiscard]] virtual bool is_costly() const { return false; }
};

/// Both sides' identification lines as sent, without line endings.
struct Identifications {
  std::string_view ours;
  std::string_view servers;
};

/// What a probe knows when it begins an exchange.
struct ExchangeRequest {
  Identifications identifications;
  const Kexinit* server = nullptr;  ///< its offer; null: we send ours first
  /// Offer no method of the kind that would usually be agreed on, `server` being unknown: with a
  /// server that has all of ours.
  bool other_method = false;
  /// Offer no host key algorithm but those for this bare type ("ssh-rsa"); empty: all of ours.
  std::string_view key_type = {};
};

/// Makes key exchanges, all with one offer. Made once and shared by all probes of a scan, whatever
/// their thread; a test gives the machine one of its own.
class KeyExchangeFactory {
 public:
  KeyExchangeFactory() = default;
  KeyExchangeFactory(const KeyExchangeFactory&) = delete;
  KeyExchangeFactory& operator=(const KeyExchangeFactory&) = delete;
  virtual ~KeyExchangeFactory() = default;

  /// What the exchanges offer. Stays valid as long as the factory.
  [[nodiscard]] virtual const ClientProfile& profile() const = 0;

  [[nodiscard]] virtual std::unique_ptr<KeyExchange> make(const ExchangeRequest& request) const = 0;

  /// The slot for want of which no exchange of ours can prove this server's key; nothing if one
  /// can.
  [[nodiscard]] virtual std::optional<Slot> missing_slot(const Kexinit& server) const {
    return ssh::missing_slot(profile(), server);
  }

  /// Whether an exchange with a server that offers `methods` can also use a method of another kind
  /// than it usually would: elliptic curves where that was curve25519, and so on.
  [[nodiscard]] bool has_other_method(const NameList& methods) const;

 protected:
  /// The profile's methods without the kind that a server that offers `methods` would agree on.
  [[nodiscard]] NameList of_other_kind(const NameList& methods) const;
  /// The methods to offer, and the host key algorithms.
  [[nodiscard]] NameList offered(const ExchangeRequest& request) const;
  [[nodiscard]] NameList offered_keys(const ExchangeRequest& request) const;
};

/// Exchanges that offer what one client offers, in its order, also what this build cannot speak: a
/// server that would choose that has a missing_slot(). `client` must outlive it.
[[nodiscard]] std::unique_ptr<const KeyExchangeFactory> key_exchanges_of(
    const ClientProfile& client);

/// Our own exchanges where they can agree with the server, libssh2's elsewhere (algorithms.h says
/// which method is whose). The libraries are initialized when they are first used, not by this
/// call.
[[nodiscard]] const KeyExchangeFactory& key_exchanges();

}  // namespace fleetscan::ssh
