#pragma once
// What a server needs on the wire beyond what the scanner's own wire types give.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::simulator {

/// Message numbers of the key exchange methods (RFC 4253 section 8, RFC 5656 section 4, RFC 4419
/// section 5).
enum ExchangeMessage : std::uint8_t {
  kExchangeInit = 30,
  kExchangeReply = 31,
  kGroup = 31,
  kGroupInit = 32,
  kGroupReply = 33,
  kGroupRequest = 34,
};

/// RFC 4251 section 5 "mpint" of a non-negative number given as big-endian bytes.
void append_mpint(std::string& message, std::string_view magnitude);

/// The parts between separators, empty ones left out.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

}  // namespace fleetscan::simulator
