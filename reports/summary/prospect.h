#pragma once
// Prospect: what becomes of one client at one server, as far as the server's KEXINIT and host key
// tell. No packet is sent.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/probe/evidence.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::summary {

/// Why a client connects, but not as one would wish.
enum class Doubt : std::uint8_t {
  no_post_quantum,  ///< what is recorded today can be read once there is a quantum computer
  sha1,             ///< the key exchange or the host key's signature rests on SHA-1
  short_rsa,        ///< the host key is of RSA, with less than 2048 bits
};
inline constexpr std::array kDoubts{Doubt::no_post_quantum, Doubt::sha1, Doubt::short_rsa};
[[nodiscard]] std::string_view to_string(Doubt doubt);

struct Prospect {
  std::optional<ssh::Slot> breaks = {};          ///< where; nothing: it connects
  std::array<bool, kDoubts.size()> doubts = {};  ///< none where it breaks

  [[nodiscard]] bool has(Doubt doubt) const { return doubts[static_cast<std::size_t>(doubt)]; }
  [[nodiscard]] bool warns() const;
  bool operator==(const Prospect&) const = default;
};

/// What a record tells of a server.
struct ServerFacts {
  const ssh::Kexinit& offer;
  std::optional<unsigned> rsa_bits = {};  ///< of its host key, if that is of RSA and known
  bool small_group = false;               ///< it chose a group under 2048 bits in a group exchange
};

/// Equal for servers that have the same prospects.
[[nodiscard]] std::string offer_digest(const ServerFacts& server);

/// @param seen  REQUIRES: has a KEXINIT
[[nodiscard]] ServerFacts facts_of(const probe::Evidence& seen);

[[nodiscard]] Prospect prospect_of(const ssh::ClientProfile& client, const ServerFacts& server);

/// A key exchange method that a quantum computer does not break.
[[nodiscard]] bool is_post_quantum(std::string_view method);

}  // namespace fleetscan::summary
