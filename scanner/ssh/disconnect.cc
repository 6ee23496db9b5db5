#include "scanner/ssh/disconnect.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {

std::optional<Disconnect> parse_disconnect(std::string_view payload) {
  WireReader reader(payload);
  if (reader.byte() != static_cast<std::uint8_t>(Message::disconnect)) return std::nullopt;
  const auto reason = reader.uint32();
  if (!reason) return std::nullopt;
  const auto text = reader.string().value_or("");
  return Disconnect{*reason, std::string{text.substr(0, kMaxDisconnectText)}};
}

std::string make_disconnect(std::uint32_t reason, std::string_view text) {
  std::string payload(1, static_cast<char>(Message::disconnect));
  append_uint32(payload, reason);
  append_string(payload, text);
  append_string(payload, "");  // language tag
  return payload;
}

}  // namespace fleetscan::ssh
