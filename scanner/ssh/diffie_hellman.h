#pragma once
// Which finite-field groups and values a key exchange may use (RFC 4253 section 8, RFC 4419). All
// is compared, nothing computed: a bad group costs nothing.

#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::ssh {

/// A group of so many bits is what current clients ask for, and all they take (OpenSSH's
/// DH_GRP_MIN and DH_GRP_MAX).
inline constexpr unsigned kMinGroupBits = 2048, kMaxGroupBits = 8192;

/// Numbers are unsigned, the highest byte first, without leading zeros.
struct Group {
  std::string_view prime;
  std::string_view generator;
};

/// The size of a group that can be computed with; nothing for one under 1024 bits (no client ever
/// took those) or over kMaxGroupBits, for an even modulus, and for a generator that is not between
/// 1 and modulus - 1.
[[nodiscard]] std::optional<unsigned> group_bits(const Group& group);

/// Whether an honest server can have sent that value: it lies between 1 and modulus - 1, and has
/// four bits set, as OpenSSH wants.
[[nodiscard]] bool is_possible_value(std::string_view value, std::string_view prime);

/// The modulus of a method that names its group, "diffie-hellman-group14-sha256"; empty for others.
[[nodiscard]] const std::string& prime_of(std::string_view method);

/// Parses the server's SSH_MSG_KEX_DH_GEX_GROUP, its message byte (31) included.
[[nodiscard]] std::optional<Group> parse_group(std::string_view payload);

[[nodiscard]] bool is_group_exchange(std::string_view method);

}  // namespace fleetscan::ssh
