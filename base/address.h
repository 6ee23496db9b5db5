#pragma once
// Address: an IPv4 or IPv6 address as a value.

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fleetscan {

enum class Family : std::uint8_t { v4, v6 };

/// An address without a port. Ordered: all of IPv4 before all of IPv6, numerically within each.
class Address {
 public:
  Address() = default;  ///< 0.0.0.0

  [[nodiscard]] static Address v4(std::uint32_t host_order);
  [[nodiscard]] static Address v6(const std::array<std::uint8_t, 16>& bytes,
                                  std::uint32_t scope = 0);

  /// Parses a dotted quad (four decimal numbers, no leading zeros) or RFC 4291 text, the latter
  /// with an optional zone ("fe80::1%eth0"); no brackets, no port.
  [[nodiscard]] static std::optional<Address> parse(std::string_view text);

  /// Reads what connect() would take; nothing for another family. The port is left out.
  [[nodiscard]] static std::optional<Address> from_sockaddr(const sockaddr& socket_address);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::v4; }
  [[nodiscard]] int bits() const { return is_v4() ? 32 : 128; }

  /// Network order; an IPv4 address fills the first four and leaves the rest zero.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] std::uint32_t scope() const { return scope_; }
  [[nodiscard]] std::uint32_t v4_value() const;  ///< host order; REQUIRES: is_v4()

  /// RFC 5952 text, without brackets.
  [[nodiscard]] std::string to_string() const;

  /// Fills `storage` for connect() and returns its length in bytes.
  socklen_t to_sockaddr(std::uint16_t port, sockaddr_storage& storage) const;

  auto operator<=>(const Address&) const = default;
  // Written out: maps of addresses ask this, and the default calls a function for 16 bytes.
  bool operator==(const Address& other) const {
    return std::memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0 &&
           family_ == other.family_ && scope_ == other.scope_;
  }

 private:
  Family family_ = Family::v4;
  std::array<std::uint8_t, 16> bytes_{};
  std::uint32_t scope_ = 0;  ///< interface index of a link-local address, 0 = none
};

/// "host:port", with brackets where the host is an IPv6 address.
[[nodiscard]] std::string host_and_port(std::string_view host, std::uint16_t port);

}  // namespace fleetscan

template <>
struct std::hash<fleetscan::Address> {
  std::size_t operator()(const fleetscan::Address& address) const noexcept;
};
