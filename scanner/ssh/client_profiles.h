#pragma once
// Client profiles: what known SSH clients offer, compared with a server's KEXINIT.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {

/// Whether a server is measured by a client.
enum class Standing : std::uint8_t {
  current,  ///< supported and in wide use today: what "reachable" is measured by
  legacy,   ///< an old one: a server that only it can use is degraded
  other,    ///< not OpenSSH's: no server is measured by it
};

/// One client's default offer.
struct ClientProfile {
  std::string_view id = {};    ///< "openssh-9.2", as options name it
  std::string_view name = {};  ///< "OpenSSH 9.2"
  Standing standing = Standing::other;
  NameList kex = {}, host_keys = {}, ciphers = {}, macs = {}, compression = {};
  unsigned rsa_bits = 0;         ///< the smallest RSA host key that it takes; 0: any
  unsigned group_bits = 0;       ///< the smallest group that it takes in a group exchange; 0: any
  std::string_view source = {};  ///< where its defaults were read: files and version
};

/// The rows of clients.txt, OpenSSH's newest first. They are read when they are first asked for,
/// which a scan does that comes to a KEXINIT: in a fraction of a millisecond.
[[nodiscard]] std::span<const ClientProfile> client_profiles();

/// The row with this id, or null.
[[nodiscard]] const ClientProfile* find_client(std::string_view id);

/// The first slot in which the client and the server share no name; nothing when they can agree.
/// A cipher that authenticates by itself needs no MAC in common, and the MAC slot of that
/// direction is then not compared.
[[nodiscard]] std::optional<Slot> missing_slot(const ClientProfile& client, const Kexinit& server);

/// Who can agree with a server.
enum class Agreement : std::uint8_t {
  current,  ///< a client of today
  legacy,   ///< only an old one, or one of today that is asked to offer an old one's names
  newer,    ///< no profile that we know, but perhaps a client newer than this build
  nobody,   ///< no profile that we know
};

struct Comparison {
  Agreement agreement = Agreement::nobody;
  std::optional<Slot> slot = {};  ///< where the newest client fails, unless `current`
};

[[nodiscard]] Comparison compare_with_clients(const Kexinit& server);
/// `current` or `nobody`, by this client alone.
[[nodiscard]] Comparison compare_with_client(const ClientProfile& client, const Kexinit& server);

}  // namespace fleetscan::ssh
