#include "scanner/net/address_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"

namespace fleetscan::net {
namespace {

/// RFC 4291 section 2.7; a unicast address of the widest scope is global.
enum class Scope : std::uint8_t { link_local = 2, site_local = 5, global = 14 };

/// RFC 6724 section 2.1.
struct Policy {
  Prefix prefix;
  int precedence, label;
};

const Policy& policy_of(const Address& address) {
  static constexpr auto policy = [](const char* prefix, int precedence, int label) {
    return Policy{*Prefix::parse(prefix), precedence, label};
  };
  static const std::array table{policy("::1/128", 50, 0),   policy("::ffff:0:0/96", 35, 4),
                                policy("::/96", 1, 3),      policy("2001::/32", 5, 5),
                                policy("2002::/16", 30, 2), policy("3ffe::/16", 1, 12),
                                policy("fec0::/10", 1, 11), policy("fc00::/7", 3, 13),
                                policy("::/0", 40, 1)};  // longest first
  if (address.is_v4()) return table[1];
  return *std::ranges::find_if(table,
                               [&](const Policy& row) { return row.prefix.contains(address); });
}

/// RFC 6724 sections 3.1 and 3.2.
Scope scope_of(const Address& address) {
  static const std::array link_local{*Prefix::parse("127.0.0.0/8"),
                                     *Prefix::parse("169.254.0.0/16"), *Prefix::parse("::1/128"),
                                     *Prefix::parse("fe80::/10")};
  static const auto site_local = *Prefix::parse("fec0::/10");
  if (std::ranges::any_of(link_local, [&](const Prefix& p) { return p.contains(address); }))
    return Scope::link_local;
  return site_local.contains(address) ? Scope::site_local : Scope::global;
}

/// Leading bits in which they agree; only IPv6 is compared so.
int common_bits(const Address& a, const Address& b) {
  if (a.is_v4() || b.is_v4()) return 0;
  const auto [at, other] = std::ranges::mismatch(a.bytes(), b.bytes());
  const auto whole = static_cast<int>(at - a.bytes().begin());
  return at == a.bytes().end()
             ? 128
             : 8 * whole + std::countl_zero(static_cast<std::uint8_t>(*at ^ *other));
}

/// Smaller is better: each rule decides only where those before it tie.
auto rank(const Address& address, const std::optional<Address>& source) {
  const auto& policy = policy_of(address);
  const bool scope_matches = source && scope_of(*source) == scope_of(address);
  const bool label_matches = source && policy_of(*source).label == policy.label;
  return std::tuple(!source, !scope_matches, !label_matches, -policy.precedence, scope_of(address),
                    source ? -common_bits(address, *source) : 0);
}

}  // namespace

void sort_by_preference(std::vector<Address>& addresses,
                        const std::function<std::optional<Address>(const Address&)>& source_of) {
  if (addresses.size() < 2) return;
  using Ranked = std::pair<decltype(rank({}, {})), Address>;
  std::vector<Ranked> ranked;
  ranked.reserve(addresses.size());
  for (const auto& address : addresses)
    ranked.emplace_back(rank(address, source_of(address)), address);
  std::ranges::stable_sort(ranked, {}, &Ranked::first);
  std::ranges::transform(ranked, addresses.begin(), &Ranked::second);
}

}  // namespace fleetscan::net
