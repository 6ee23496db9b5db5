#pragma once
// Client profiles: what known SSH clients offer, compared with a server's KEXINIT.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {

/// One client's default offer.
struct ClientProfile {
  std::string_view name;  ///< "OpenSSH 9.2"
  bool current;           ///< supported and in wide use today: what "reachable" is measured by
  NameList kex, host_keys, ciphers, macs, compression;
};

/// Newest first. Sources: the defaults in OpenSSH's myproposal.h at each release, and the FIPS
/// policy of Red Hat Enterprise Linux 9.
[[nodiscard]] std::span<const ClientProfile> client_profiles();

/// The first slot in which the client and the server share no name; nothing when they can agree.
/// A cipher that authenticates by itself needs no MAC in common, and the MAC slot of that
/// direction is then not compared.
[[nodiscard]] std::optional<Slot> missing_slot(const ClientProfile& client, const Kexinit& server);

/// Who can agree with a server.
enum class Agreement : std::uint8_t {
  current,  ///< a client of today
  legacy,   ///< only an old one
  newer,    ///< no profile that we know, but perhaps a client newer than this build
  nobody,   ///< no profile that we know
};

struct Comparison {
  Agreement agreement = Agreement::nobody;
  std::optional<Slot> slot = {};  ///< where the newest client fails, unless `current`
};

[[nodiscard]] Comparison compare_with_clients(const Kexinit& server);

}  // namespace fleetscan::ssh
