#include "base/prefix.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/address.h"

namespace fleetscan {
namespace {

std::uint32_t v4_mask(int length) { return length == 0 ? 0 : 0xffffffffU << (32 - length); }

/// The bits of byte `index` that a prefix of `length` bits keeps.
std::uint8_t kept_bits(int index, int length) {
  const int kept = length - 8 * index;
  if (kept >= 8) return 0xff;
  if (kept <= 0) return 0;
  return static_cast<std::uint8_t>(0xff << (8 - kept));
}

Address clear_host_bits(const Address& address, int length) {
  if (address.is_v4()) return Address::v4(address.v4_value() & v4_mask(length));
  auto bytes = address.bytes();
  for (int i = 0; i < 16; ++i) {
    auto& byte = bytes[static_cast<std::size_t>(i)];
    byte = static_cast<std::uint8_t>(byte & kept_bits(i, length));
  }
  return Address::v6(bytes, address.scope());
}

}  // namespace

Prefix::Prefix(const Address& address, int length)
    : base_(clear_host_bits(address, length)), length_(length) {}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto digits = text.substr(slash + 1);
  int length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.front() == '-')
    return std::nullopt;
  if (length > address->bits()) return std::nullopt;
  return Prefix{*address, length};
}

bool Prefix::contains(const Address& address) const {
  return address.family() == base_.family() && clear_host_bits(address, length_) == base_;
}

std::string Prefix::to_string() const { return base_.to_string() + '/' + std::to_string(length_); }

Prefix subnet_of(const Address& address) { return {address, address.is_v4() ? 24 : 64}; }

}  // namespace fleetscan
