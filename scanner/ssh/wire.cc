#include "scanner/ssh/wire.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::ssh {
namespace {

bool is_high(char byte) { return (static_cast<std::uint8_t>(byte) & 0x80) != 0; }

std::string_view without_zeros(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('\0'), number.size()));
}

}  // namespace

std::optional<std::uint8_t> WireReader::byte() {
  if (rest_.empty()) return std::nullopt;
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::optional<std::uint32_t> WireReader::uint32() {
  if (rest_.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(rest_[i]);
  rest_.remove_prefix(4);
  return value;
}

std::optional<std::string_view> WireReader::string() {
  WireReader ahead = *this;
  const auto length = ahead.uint32();
  if (!length || *length > ahead.rest_.size()) return std::nullopt;
  const auto bytes = ahead.rest_.substr(0, *length);
  rest_ = ahead.rest_.substr(*length);
  return bytes;
}

std::optional<std::uint64_t> WireReader::uint64() {
  if (rest_.size() < 8) return std::nullopt;
  const std::uint64_t high = *uint32();
  return high << 32 | *uint32();
}

std::optional<std::string_view> WireReader::mpint() {
  WireReader ahead = *this;
  auto bytes = ahead.string();
  if (!bytes || (!bytes->empty() && is_high(bytes->front()))) return std::nullopt;
  *this = ahead;
  return without_zeros(*bytes);
}

bool WireReader::skip(std::size_t count) {
  if (count > rest_.size()) return false;
  rest_.remove_prefix(count);
  return true;
}

void append_uint32(std::string& message, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    message.push_back(static_cast<char>(value >> shift & 0xff));
}

void append_string(std::string& message, std::string_view bytes) {
  append_uint32(message, static_cast<std::uint32_t>(bytes.size()));
  message.append(bytes);
}

void append_mpint(std::string& message, std::string_view magnitude) {
  const auto number = without_zeros(magnitude);
  const bool pad = !number.empty() && is_high(number.front());  // or it would be negative
  append_uint32(message, static_cast<std::uint32_t>(number.size() + (pad ? 1 : 0)));
  if (pad) message.push_back('\0');
  message.append(number);
}

}  // namespace fleetscan::ssh
