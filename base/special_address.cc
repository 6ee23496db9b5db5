#include "base/special_address.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/prefix.h"

namespace fleetscan {
namespace {

struct Block {
  std::string_view prefix;
  std::string_view what;
};

// The first that holds an address says what it is.
constexpr std::array kNoHosts{
    Block{"0.0.0.0/32", "the unspecified address"},
    Block{"::/128", "the unspecified address"},
    Block{"0.0.0.0/8", "an address of \"this network\""},
    Block{"127.0.0.0/8", "a loopback address"},
    Block{"::1/128", "a loopback address"},
    Block{"169.254.169.254/32", "a cloud's metadata address"},
    Block{"fd00:ec2::254/128", "a cloud's metadata address"},
    Block{"169.254.0.0/16", "a link-local address"},
    Block{"fe80::/10", "a link-local address"},
    Block{"224.0.0.0/4", "a multicast address"},
    Block{"ff00::/8", "a multicast address"},
    Block{"255.255.255.255/32", "the broadcast address"},
    Block{"240.0.0.0/4", "a reserved address"},
};

struct Named {
  Prefix prefix;
  std::string_view what;
};

const std::array<Named, kNoHosts.size()>& blocks() {
  static const auto all = [] {
    std::array<Named, kNoHosts.size()> parsed;
    std::ranges::transform(kNoHosts, parsed.begin(), [](const Block& block) {
      return Named{*Prefix::parse(block.prefix), block.what};
    });
    return parsed;
  }();
  return all;
}

bool is_mapped(const Address& address) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return !address.is_v4() && std::ranges::equal(kMapped, std::span{address.bytes()}.first<12>());
}

Address mapped_v4(const Address& address) {
  const auto& b = address.bytes();
  return Address::v4(std::uint32_t{b[12]} << 24 | std::uint32_t{b[13]} << 16 |
                     std::uint32_t{b[14]} << 8 | b[15]);
}

constexpr std::uint32_t kThisMachine = 0x7f000001;

}  // namespace

Address destination(const Address& address) {
  if (is_mapped(address)) return destination(mapped_v4(address));
  const bool unspecified =
      std::ranges::all_of(address.bytes(), [](auto byte) { return byte == 0; });
  if (!unspecified) return address;
  if (address.is_v4()) return Address::v4(kThisMachine);
  return Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

bool is_loopback(const Address& address) {
  if (address.is_v4()) return address.v4_value() >> 24 == kThisMachine >> 24;
  return is_mapped(address)
             ? is_loopback(mapped_v4(address))
             : address == Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

std::optional<std::string_view> no_hosts_address(const Address& address) {
  if (is_mapped(address)) return no_hosts_address(mapped_v4(address));
  for (const auto& [prefix, what] : blocks())
    if (prefix.contains(address)) return what;
  return std::nullopt;
}

bool is_stand_in(const Address& address) {
  static const Prefix kBenchmarks{Address::v4(0xc6120000), 15};
  return kBenchmarks.contains(address);
}

}  // namespace fleetscan
