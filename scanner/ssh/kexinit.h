#pragma once
// SSH_MSG_KEXINIT: the algorithms that a side offers (RFC 4253 section 7.1).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::ssh {

using NameList = std::vector<std::string>;  ///< in order of preference (RFC 4251 section 5)

/// The eight lists whose first common member is negotiated, and two sizes that clients also judge.
enum class Slot : std::uint8_t {
  kex,
  host_key,
  cipher_c2s,
  cipher_s2c,
  mac_c2s,
  mac_s2c,
  compression_c2s,
  compression_s2c,
  host_key_bits,  ///< of an RSA key
  group_bits,     ///< of the group that the server chose in a group exchange (RFC 4419)
};
inline constexpr std::size_t kSlots = 8;  ///< those that are lists
inline constexpr std::size_t kAllSlots = 10;
[[nodiscard]] std::string_view to_string(Slot slot);
[[nodiscard]] std::optional<Slot> parse_slot(std::string_view name);

struct Kexinit {
  std::array<NameList, kSlots> lists;
  bool first_kex_packet_follows = false;

  [[nodiscard]] const NameList& operator[](Slot slot) const {
    return lists[static_cast<std::size_t>(slot)];
  }
  [[nodiscard]] NameList& operator[](Slot slot) { return lists[static_cast<std::size_t>(slot)]; }

  /// The server offers strict key exchange, the cure for the Terrapin attack (CVE-2023-48795).
  [[nodiscard]] bool strict_kex() const;

  bool operator==(const Kexinit&) const = default;
};

/// The names between the commas, empty ones included.
[[nodiscard]] NameList split_name_list(std::string_view text);

/// What both sides would take: the first of the client's names that the server has, or "". Flags
/// that share a list with algorithms are none (RFC 8308 section 2.1; OpenSSH's PROTOCOL 1.10).
[[nodiscard]] std::string_view first_common(const NameList& client, const NameList& server);

/// Parses a packet's payload, its message byte (20) included, as tolerantly as OpenSSH's client
/// (match_list(), kex_buf2prop()): a list ends at its first empty name, a trailing or doubled comma
/// does no harm, and only the packet's size bounds the number of names. Names that no client could
/// have, not printable ASCII or longer than 255 bytes (RFC 4251 section 6 says 64), are left out.
/// @return nothing unless the payload is a whole KEXINIT and nothing else, without a NUL inside a
/// list; one at its end does no harm.
[[nodiscard]] std::optional<Kexinit> parse_kexinit(std::string_view payload);

inline constexpr std::size_t kCookieAt = 1, kCookieBytes = 16;  ///< in a KEXINIT's payload

/// The payload of a KEXINIT, its cookie all zeros and its languages empty.
[[nodiscard]] std::string make_kexinit(const Kexinit& kexinit);

}  // namespace fleetscan::ssh
