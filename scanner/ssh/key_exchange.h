#pragma once
// The key exchange as a transformer of bytes: libssh2 between two buffers, without a socket.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/client_profiles.h"

namespace fleetscan::ssh {

/// Our KEXINIT has at least so many bytes, so that a path which loses full-size segments loses
/// ours as it loses OpenSSH's (1560 bytes in 9.2).
inline constexpr std::size_t kMinKexinitBytes = 1500;

/// What the key exchange library offers.
[[nodiscard]] const ClientProfile& library_profile();

/// Whether the library and a server that offers `methods` can also agree on a key exchange method
/// of another kind than they usually would: elliptic where that was curve25519, and so on.
[[nodiscard]] bool has_other_method(const NameList& methods);

/// Proves a server's host key by one key exchange (RFC 4253 sections 7 and 8), and stops before
/// anything is encrypted: our NEWKEYS is never sent, the server's never read.
class KeyExchange {
 public:
  enum class Status : std::uint8_t {
    waiting,        ///< for the server's next packet
    proved,         ///< host_key() is the server's: its signature fits
    bad_signature,  ///< a well-formed reply whose signature does not fit
    malformed,      ///< the server's last packet makes no sense
    failed,         ///< the library gave up for a reason that we do not see
    out_of_memory,
  };

  /// @param own_ident, server_ident  the identification lines as sent, without line endings.
  /// @param other_than  offer no method of the kind that would usually be agreed on with a server
  ///     that offers these; null: offer all
  KeyExchange(std::string_view own_ident, std::string_view server_ident,
              const NameList* other_than = nullptr);
  ~KeyExchange();

  /// Makes our KEXINIT. Call first, once.
  Status start();
  /// Takes one whole packet: the server's KEXINIT, then those of its key exchange method.
  Status receive(std::string_view packet);

  [[nodiscard]] std::string take_output();  ///< bytes to send now
  /// The server's public key blob; nothing before `proved`.
  [[nodiscard]] std::optional<std::string> host_key() const;

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

}  // namespace fleetscan::ssh
