#include "inventory/exclusions.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/range_rows.h"
#include "inventory/expression.h"

namespace fleetscan::inventory {
namespace {

/// Names compare without case and without a final dot.
std::string canonical(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return lower(name);
}

template <typename Key>
void finish_ports(std::map<std::uint16_t, RangeRows<Key>>& by_port) {
  const auto any = by_port.find(0);
  for (auto& [port, rows] : by_port) {
    if (port != 0 && any != by_port.end())
      rows.insert(rows.end(), any->second.begin(), any->second.end());
    for (auto& row : rows) row.port = port;
    unite_overlaps(rows, [](std::uint32_t, std::uint32_t) { return 0u; });
  }
}

constexpr std::uint32_t kThisV4 = 0, kLoopbackV4 = 0x7f000001;
constexpr uint128 kThisV6 = 0, kLoopbackV6 = 1;
// ::ffff:0:0/96 (RFC 4291 section 2.5.5.2) and 64:ff9b::/96 (RFC 6052 section 2.1)
constexpr uint128 kMapped = uint128{0xffff} << 32, kTranslated = uint128{0x64ff9b} << 96;

template <typename Key>
bool covers(Key first, Key last, Key key) {
  return first <= key && key <= last;
}

}  // namespace

void Exclusions::begin_source(std::string name) { sources_.push_back(std::move(name)); }

void Exclusions::add_name(std::string_view name, std::uint16_t port, std::uint32_t line) {
  const auto source = static_cast<std::uint16_t>(sources_.size() - 1);
  names_[canonical(name)].try_emplace(port, Place{source, line});
}

void Exclusions::add_range(const AddressRange& range, std::uint16_t port, std::uint32_t line) {
  const auto first = key_of(range.first), last = key_of(range.last);
  if (range.first.is_v4())
    add_v4(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last), port, line);
  else
    add_v6(first, last, port, line);
}

void Exclusions::add_v4(std::uint32_t first, std::uint32_t last, std::uint16_t port,
                        std::uint32_t line) {
  add_forms(first, last, port, line);
  if (covers(first, last, kThisV4)) add_forms(kLoopbackV4, kLoopbackV4, port, line);
  if (covers(first, last, kLoopbackV4)) add_forms(kThisV4, kThisV4, port, line);
}

// As it is, mapped into IPv6, and behind a translator.
void Exclusions::add_forms(std::uint32_t first, std::uint32_t last, std::uint16_t port,
                           std::uint32_t line) {
  add_row(v4_, first, last, port, line);
  for (const auto block : {kMapped, kTranslated})
    add_row(v6_, block + first, block + last, port, line);
}

void Exclusions::add_v6(uint128 first, uint128 last, std::uint16_t port, std::uint32_t line) {
  if (first >> 32 == kMapped >> 32 && last >> 32 == kMapped >> 32)
    return add_v4(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last), port, line);
  add_row(v6_, first, last, port, line);
  if (covers(first, last, kThisV6)) add_row(v6_, kLoopbackV6, kLoopbackV6, port, line);
  if (covers(first, last, kLoopbackV6)) add_row(v6_, kThisV6, kThisV6, port, line);
}

template <typename Key>
void Exclusions::add_row(ByPort<Key>& by_port, Key first, Key last, std::uint16_t port,
                         std::uint32_t line) {
  const auto source = static_cast<std::uint16_t>(sources_.size() - 1);
  by_port[port].push_back({first, last, 0, line, source, port});
}

void Exclusions::finish() {
  finish_ports(v4_);
  finish_ports(v6_);
}

std::string Exclusions::reason(std::uint16_t source, std::uint32_t line) const {
  return "excluded by " + sources_[source] + (line > 0 ? ':' + std::to_string(line) : "");
}

template <>
const Exclusions::ByPort<std::uint32_t>& Exclusions::by_port() const {
  return v4_;
}
template <>
const Exclusions::ByPort<uint128>& Exclusions::by_port() const {
  return v6_;
}

template <typename Key>
const RangeRows<Key>& Exclusions::holes(std::uint16_t port) const {
  static const RangeRows<Key> kNone;
  const auto& ports = by_port<Key>();
  auto found = ports.find(port);
  if (found == ports.end()) found = ports.find(0);
  return found == ports.end() ? kNone : found->second;
}
template const RangeRows<std::uint32_t>& Exclusions::holes(std::uint16_t) const;
template const RangeRows<uint128>& Exclusions::holes(std::uint16_t) const;

template <typename Key>
std::optional<std::string> Exclusions::reason_in(Key key, std::uint16_t port) const {
  const auto& rows = holes<Key>(port);
  const auto found = std::ranges::lower_bound(rows, key, {}, &RangeRow<Key>::last);
  if (found == rows.end() || found->first > key) return std::nullopt;
  return reason(found->source, found->line);
}

std::vector<std::string> Exclusions::words() const {
  std::vector<std::string> words;
  const auto add = [&](std::string host, std::uint16_t port) {
    words.push_back(port == 0 ? std::move(host) : host + ':' + std::to_string(port));
  };
  for (const auto& [name, ports] : names_)
    for (const auto& [port, place] : ports) add(name + '.', port);
  for (const auto& [port, rows] : v4_)
    for (const auto& row : rows)
      add(address_of(row.first).to_string() + '-' + address_of(row.last).to_string(), port);
  const auto derived = [](uint128 key) {
    return key >> 32 == kMapped >> 32 || key >> 32 == kTranslated >> 32;
  };
  for (const auto& [port, rows] : v6_)
    for (const auto& row : rows) {
      if (derived(row.first) && derived(row.last)) continue;
      const auto range = address_of(row.first).to_string() + '-' + address_of(row.last).to_string();
      add(port == 0 ? range : '[' + range + ']', port);
    }
  return words;
}

std::optional<std::string> Exclusions::reason_for(const Address& address,
                                                  std::uint16_t port) const {
  const auto key = key_of(address);
  return address.is_v4() ? reason_in(static_cast<std::uint32_t>(key), port) : reason_in(key, port);
}

std::optional<std::string> Exclusions::reason_for(std::string_view host, std::uint16_t port) const {
  if (const auto found = names_.find(canonical(host)); found != names_.end()) {
    const auto& ports = found->second;
    auto place = ports.find(0);
    if (place == ports.end()) place = ports.find(port);
    if (place != ports.end()) return reason(place->second.source, place->second.line);
  }
  const auto address = Address::parse(host);
  return address ? reason_for(*address, port) : std::nullopt;
}

}  // namespace fleetscan::inventory
