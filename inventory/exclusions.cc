#include "inventory/exclusions.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

}  // namespace

void Exclusions::begin_source(std::string name) { sources_.push_back(std::move(name)); }

void Exclusions::add_name(std::string_view name, std::uint16_t port, std::uint32_t line) {
  const auto source = static_cast<std::uint16_t>(sources_.size() - 1);
  names_[canonical(name)].try_emplace(port, Place{source, line});
}

void Exclusions::add_range(const AddressRange& range, std::uint16_t port, std::uint32_t line) {
  const auto source = static_cast<std::uint16_t>(sources_.size() - 1);
  const auto first = key_of(range.first), last = key_of(range.last);
  if (range.first.is_v4())
    v4_[port].push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last), 0,
                         line, source, port});
  else
    v6_[port].push_back({first, last, 0, line, source, port});
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
