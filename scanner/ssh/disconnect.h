#pragma once
// SSH_MSG_DISCONNECT (RFC 4253 section 11.1).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::ssh {

struct Disconnect {
  std::uint32_t reason = 0;
  std::string text;  ///< raw, at most kMaxDisconnectText bytes

  bool operator==(const Disconnect&) const = default;
};

inline constexpr std::uint32_t kDisconnectByApplication = 11;
inline constexpr std::size_t kMaxDisconnectText = 1024;

/// Parses a packet's payload, its message byte (1) included; a missing text is empty.
[[nodiscard]] std::optional<Disconnect> parse_disconnect(std::string_view payload);

/// The payload of a message with that reason and text.
[[nodiscard]] std::string make_disconnect(std::uint32_t reason, std::string_view text);

}  // namespace fleetscan::ssh
