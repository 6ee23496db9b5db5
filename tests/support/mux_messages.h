#pragma once
// What an OpenSSH client that shares its connection says to whoever uses it, and hears.

#include <cstdint>
#include <string>
#include <string_view>

#include "scanner/ssh/wire.h"

namespace fleetscan::test {

inline std::string uint32_field(std::uint32_t value) {
  std::string bytes;
  ssh::append_uint32(bytes, value);
  return bytes;
}

inline std::string string_field(std::string_view text) {
  std::string bytes;
  ssh::append_string(bytes, text);
  return bytes;
}

/// Its greeting, and that it passes messages on from now on.
inline std::string mux_greeting() {
  return string_field(uint32_field(1) + uint32_field(4)) +
         string_field(uint32_field(0x8000000f) + uint32_field(0));
}

/// A message of the connection protocol.
inline std::string channel_message(char type, std::string_view payload) {
  return string_field(std::string{'\0', type} + std::string(payload));
}

inline std::string granted(std::uint32_t id, std::uint32_t theirs, std::uint32_t window = 65536,
                           std::uint32_t most = 32768) {
  return channel_message(
      91, uint32_field(id) + uint32_field(theirs) + uint32_field(window) + uint32_field(most));
}
inline std::string refused(std::uint32_t id, std::uint32_t reason, std::string_view words) {
  return channel_message(
      92, uint32_field(id) + uint32_field(reason) + string_field(words) + string_field(""));
}
inline std::string window_adjust(std::uint32_t id, std::uint32_t bytes) {
  return channel_message(93, uint32_field(id) + uint32_field(bytes));
}
inline std::string data(std::uint32_t id, std::string_view bytes) {
  return channel_message(94, uint32_field(id) + string_field(bytes));
}
inline std::string eof(std::uint32_t id) { return channel_message(96, uint32_field(id)); }
inline std::string close(std::uint32_t id) { return channel_message(97, uint32_field(id)); }

}  // namespace fleetscan::test
