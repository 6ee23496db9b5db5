#include "base/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace fleetscan {
namespace {

constexpr std::size_t kMaxAddressText = INET6_ADDRSTRLEN + IF_NAMESIZE;

std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t value = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const char* const first = at;
    std::uint32_t number = 0;
    for (; at != end && *at >= '0' && *at <= '9'; ++at) {
      if (at - first == 3) return std::nullopt;
      number = number * 10 + static_cast<std::uint32_t>(*at - '0');
    }
    if (at == first || number > 255 || (*first == '0' && at - first > 1)) return std::nullopt;
    value = value << 8 | number;
  }
  if (at != end) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> parse_zone(std::string_view zone) {
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(zone.data(), zone.data() + zone.size(), index);
  if (error == std::errc{} && end == zone.data() + zone.size() && index > 0) return index;
  if (zone.empty() || zone.size() >= IF_NAMESIZE) return std::nullopt;
  index = if_nametoindex(std::string{zone}.c_str());
  if (index == 0) return std::nullopt;
  return index;
}

/// @return behind the one to three digits written to `at`
char* put_number(char* at, unsigned number) {
  if (number >= 100) *at++ = static_cast<char>('0' + number / 100);
  if (number >= 10) *at++ = static_cast<char>('0' + number / 10 % 10);
  *at++ = static_cast<char>('0' + number % 10);
  return at;
}

}  // namespace

Address Address::v4(std::uint32_t host_order) {
  Address address;
  const std::uint32_t value = htonl(host_order);
  std::memcpy(address.bytes_.data(), &value, sizeof value);
  return address;
}

Address Address::v6(const std::array<std::uint8_t, 16>& bytes, std::uint32_t scope) {
  Address address;
  address.family_ = Family::v6;
  address.bytes_ = bytes;
  address.scope_ = scope;
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxAddressText) return std::nullopt;
  if (text.find(':') == std::string_view::npos) {
    const auto value = parse_v4(text);
    if (!value) return std::nullopt;
    return v4(*value);
  }
  std::uint32_t scope = 0;
  if (const auto percent = text.find('%'); percent != std::string_view::npos) {
    const auto zone = parse_zone(text.substr(percent + 1));
    if (!zone) return std::nullopt;
    scope = *zone;
    text = text.substr(0, percent);
  }
  std::array<std::uint8_t, 16> bytes{};
  if (text.find('\0') != std::string_view::npos ||
      inet_pton(AF_INET6, std::string{text}.c_str(), bytes.data()) != 1)
    return std::nullopt;
  return v6(bytes, scope);
}

std::uint32_t Address::v4_value() const {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes_.data(), sizeof value);
  return ntohl(value);
}

std::string Address::to_string() const {
  if (is_v4()) {
    std::array<char, 15> text;
    char* at = text.data();
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) *at++ = '.';
      at = put_number(at, bytes_[i]);
    }
    return {text.data(), at};
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  std::string result = text.data();
  if (scope_ != 0) {
    std::array<char, IF_NAMESIZE> zone{};
    result += '%';
    result += if_indextoname(scope_, zone.data()) ? zone.data() : std::to_string(scope_);
  }
  return result;
}

socklen_t Address::to_sockaddr(std::uint16_t port, sockaddr_storage& storage) const {
  storage = {};
  if (is_v4()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    std::copy_n(bytes_.begin(), 4, reinterpret_cast<std::uint8_t*>(&address.sin_addr));
    std::memcpy(&storage, &address, sizeof address);
    return sizeof address;
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_scope_id = scope_;
  std::copy(bytes_.begin(), bytes_.end(), address.sin6_addr.s6_addr);
  std::memcpy(&storage, &address, sizeof address);
  return sizeof address;
}

std::optional<Address> Address::from_sockaddr(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(socket_address);
    return v4(ntohl(address.sin_addr.s_addr));
  }
  if (socket_address.sa_family != AF_INET6) return std::nullopt;
  const auto& address = reinterpret_cast<const sockaddr_in6&>(socket_address);
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(address.sin6_addr.s6_addr, bytes.begin());
  return v6(bytes, address.sin6_scope_id);
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  const bool bracket = host.find(':') != std::string_view::npos;
  std::string result;
  result.reserve(host.size() + 8);
  if (bracket) result += '[';
  result += host;
  if (bracket) result += ']';
  result += ':';
  result += std::to_string(port);
  return result;
}

}  // namespace fleetscan

std::size_t std::hash<fleetscan::Address>::operator()(
    const fleetscan::Address& address) const noexcept {
  const auto& bytes = address.bytes();
  if (!address.is_v4()) return XXH3_64bits_withSeed(bytes.data(), bytes.size(), address.scope());
  // Knuth, The Art of Computer Programming, section 6.4: by the golden ratio no two of 2^32 meet,
  // and neighbors lie far apart in the upper bits, which then stir the lower ones.
  const auto spread = address.v4_value() * std::uint64_t{0x9e3779b97f4a7c15};
  return spread ^ spread >> 32;
}
