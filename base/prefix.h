#pragma once
// Prefix: an address prefix (RFC 4632), which is what a subnet is here.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace fleetscan {

/// A base address, its host bits zero, and how many leading bits count.
class Prefix {
 public:
  Prefix() = default;  ///< 0.0.0.0/0
  /// Clears the host bits of `address`. REQUIRES: 0 <= length <= address.bits()
  Prefix(const Address& address, int length);

  /// Parses "10.0.0.0/24" or "2001:db8::/32"; set host bits are cleared, not refused.
  [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);

  [[nodiscard]] const Address& base() const { return base_; }
  [[nodiscard]] int length() const { return length_; }
  [[nodiscard]] bool contains(const Address& address) const;
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Prefix&) const = default;

 private:
  Address base_;
  int length_ = 0;
};

/// The subnet that caps and reports speak of: the /24 around an IPv4, the /64 around an IPv6
/// address.
[[nodiscard]] Prefix subnet_of(const Address& address);

}  // namespace fleetscan

template <>
struct std::hash<fleetscan::Prefix> {
  std::size_t operator()(const fleetscan::Prefix& prefix) const noexcept {
    return std::hash<fleetscan::Address>{}(prefix.base()) +
           static_cast<std::size_t>(prefix.length());
  }
};
