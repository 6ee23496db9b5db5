#include "inventory/target_table.h"

#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/range_rows.h"
#include "base/sha256.h"
#include "base/stable_hash.h"
#include "inventory/exclusions.h"
#include "inventory/expression.h"
#include "inventory/subnet_map.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

/// "web01.example.net." is the same host without its dot; the dot of "web01." says more: no search
/// list.
std::string_view without_final_dot(std::string_view name) {
  if (name.size() > 1 && name.back() == '.' && name.find('.') + 1 < name.size())
    name.remove_suffix(1);
  return name;
}

template <typename Key>
std::vector<std::uint64_t> starts_of(const RangeRows<Key>& rows, std::uint64_t& sum) {
  std::vector<std::uint64_t> starts;
  starts.reserve(rows.size());
  sum = 0;
  for (const auto& row : rows) {
    starts.push_back(sum);
    if (__builtin_add_overflow(sum, row.count(), &sum)) sum = UINT64_MAX;
  }
  return starts;
}

template <typename Key>
std::string text_of(const RangeRow<Key>& row) {
  const auto first = address_of(row.first).to_string();
  if (row.first == row.last) return host_and_port(first, row.port);
  return host_and_port(first + '-' + address_of(row.last).to_string(), row.port);
}

template <typename Key>
void digest(const RangeRows<Key>& rows, Sha256& sha256) {
  for (auto row = rows.begin(); row != rows.end();) {
    auto last = row;
    while (last + 1 != rows.end() && (last + 1)->port == row->port &&
           (last + 1)->first - last->last == 1)
      ++last;
    sha256.add(address_of(row->first).to_string() + '-' + address_of(last->last).to_string() + ':' +
               std::to_string(row->port) + '\n');
    row = last + 1;
  }
}

}  // namespace

void TargetTable::reserve(std::size_t hosts, std::size_t bytes) {
  names_.reserve(names_.size() + hosts);
  text_.reserve(text_.size() + bytes);
}

std::string TargetTable::canonical(std::string_view host) { return lower(without_final_dot(host)); }

std::uint16_t TargetTable::add_source(std::string name) {
  sources_.push_back(std::move(name));
  return static_cast<std::uint16_t>(sources_.size() - 1);
}

bool TargetTable::append(std::string_view text, std::uint32_t& offset, std::uint16_t& length) {
  if (text.size() > UINT16_MAX || text_.size() + text.size() > UINT32_MAX) return false;
  offset = static_cast<std::uint32_t>(text_.size());
  length = static_cast<std::uint16_t>(text.size());
  text_ += text;
  return true;
}

bool TargetTable::add_name(std::string_view host, std::string_view connect, std::uint16_t port,
                           const Origin& origin, bool exact) {
  NameRow row{};
  row.annotation = origin.annotation;
  row.line = origin.line;
  row.source = origin.source;
  row.port = port;
  if (!append(without_final_dot(host), row.text, row.length)) return false;
  if (!exact)
    std::transform(text_.begin() + row.text, text_.end(), text_.begin() + row.text,
                   [](char c) { return lower(c); });
  if (!connect.empty() && !append(without_final_dot(connect), row.connect, row.connect_length))
    return false;
  names_.push_back(row);
  return true;
}

bool TargetTable::add_range(const AddressRange& range, std::uint16_t port, const Origin& origin) {
  const auto first = key_of(range.first), last = key_of(range.last);
  const auto& [annotation, line, source] = origin;
  if (range.first.is_v4()) {
    v4_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last), annotation,
                   line, source, port});
  } else if (range.first.scope() == 0) {
    v6_.push_back({first, last, annotation, line, source, port});
  } else {  // a zone is part of the address: rare enough to be kept as text
    return add_name(range.first.to_string(), "", port, origin);
  }
  return true;
}

std::string_view TargetTable::host(const NameRow& row) const {
  return std::string_view{text_}.substr(row.text, row.length);
}
std::string_view TargetTable::connect(const NameRow& row) const {
  return std::string_view{text_}.substr(row.connect, row.connect_length);
}
std::uint64_t TargetTable::hash(const NameRow& row) const {
  return XXH64(text_.data() + row.text, row.length, row.port);
}

void TargetTable::merge(NameRow& first, const NameRow& second) {
  first.annotation = annotations_.united(first.annotation, second.annotation);
  if (first.connect_length != 0) return;
  first.connect = second.connect;
  first.connect_length = second.connect_length;
}

std::uint64_t TargetTable::unite_names() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.reserve(names_.size());
  for (std::uint32_t i = 0; i < names_.size(); ++i) order.emplace_back(hash(names_[i]), i);
  std::ranges::sort(order);
  const auto same = [&](const NameRow& a, const NameRow& b) {
    return a.port == b.port && host(a) == host(b);
  };
  std::uint64_t merged = 0;
  for (auto group = order.begin(); group != order.end();) {
    auto end = group + 1;
    for (; end != order.end() && end->first == group->first; ++end) {
      auto& row = names_[end->second];
      const auto first = std::find_if(
          group, end, [&](const auto& other) { return same(names_[other.second], row); });
      if (first == end) continue;
      merge(names_[first->second], row);
      row.port = 0;
      ++merged;
    }
    group = end;
  }
  if (merged > 0) std::erase_if(names_, [](const NameRow& row) { return row.port == 0; });
  return merged;
}

std::uint64_t TargetTable::unite() {
  const auto both = [this](std::uint32_t a, std::uint32_t b) { return annotations_.united(a, b); };
  std::uint64_t merged = unite_names();
  for (const auto more : {unite_overlaps(v4_, both), unite_overlaps(v6_, both)})
    if (__builtin_add_overflow(merged, more, &merged)) merged = UINT64_MAX;
  index();
  return merged;
}

template <typename Key>
void TargetTable::exclude_ranges(RangeRows<Key>& rows, const Exclusions& exclusions,
                                 const OnDrop& on_drop) {
  RangeRows<Key> result;
  const auto on_cut = [&](const RangeRow<Key>& cut, const RangeRow<Key>& hole) {
    if (on_drop) on_drop(text_of(cut), cut.count(), exclusions.reason(hole.source, hole.line));
  };
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto end = std::ranges::upper_bound(begin, rows.end(), begin->port, {},
                                              [](const auto& row) { return row.port; });
    const auto kept = without_holes(std::span<const RangeRow<Key>>{begin, end},
                                    exclusions.holes<Key>(begin->port), on_cut);
    result.insert(result.end(), kept.begin(), kept.end());
    begin = end;
  }
  rows = std::move(result);
}

void TargetTable::exclude(const Exclusions& exclusions, const OnDrop& on_drop) {
  if (exclusions.empty()) return;
  std::erase_if(names_, [&](const NameRow& row) {
    auto reason = exclusions.reason_for(host(row), row.port);
    if (!reason && row.connect_length > 0) reason = exclusions.reason_for(connect(row), row.port);
    if (reason && on_drop) on_drop(host_and_port(host(row), row.port), 1, *reason);
    return reason.has_value();
  });
  exclude_ranges(v4_, exclusions, on_drop);
  exclude_ranges(v6_, exclusions, on_drop);
  index();
}

template <typename Key>
void TargetTable::keep_ranges(RangeRows<Key>& rows, const Keep& keep, bool by_address,
                              const std::string& reason, const OnDrop& on_drop) {
  RangeRows<Key> result, dropped;
  for (const auto& row : rows) {
    if (!by_address) {
      (keep("", row.annotation) ? result : dropped).push_back(row);
      continue;
    }
    for (auto key = row.first;; ++key) {
      auto one = row;
      one.first = one.last = key;
      const bool kept = keep(address_of(key).to_string(), row.annotation);
      append_or_extend(kept ? result : dropped, one);
      if (key == row.last) break;
    }
  }
  rows = std::move(result);
  if (on_drop)
    for (const auto& row : dropped) on_drop(text_of(row), row.count(), reason);
}

void TargetTable::keep(const Keep& keep, bool by_address, const std::string& reason,
                       const OnDrop& on_drop) {
  std::erase_if(names_, [&](const NameRow& row) {
    const bool kept = keep(host(row), row.annotation);
    if (!kept && on_drop) on_drop(host_and_port(host(row), row.port), 1, reason);
    return !kept;
  });
  keep_ranges(v4_, keep, by_address, reason, on_drop);
  keep_ranges(v6_, keep, by_address, reason, on_drop);
  index();
}

/// The annotation with the subnet's labels added; REQUIRES: id is one of the map's.
std::uint32_t TargetTable::with_subnet(std::uint32_t annotation, const SubnetMap& subnets,
                                       std::uint32_t id) {
  auto changed = annotations_[annotation];
  changed.labels = subnets.added_to(changed.labels, id);
  return annotations_.add(changed);
}

template <typename Key>
void TargetTable::label_ranges(RangeRows<Key>& rows, const SubnetMap& subnets) {
  RangeRows<Key> result;
  for (const auto& row : rows) {
    auto rest = row;
    subnets.for_each_in<Key>(row.first, row.last, [&](Key first, Key last, std::uint32_t id) {
      if (rest.first < first) {
        auto before = rest;
        before.last = first - 1;
        append_or_extend(result, before);
      }
      auto part = row;
      part.first = first;
      part.last = last;
      part.annotation = with_subnet(row.annotation, subnets, id);
      append_or_extend(result, part);
      rest.first = last + 1;
    });
    const bool left =
        result.empty() || result.back().port != row.port || result.back().last != row.last;
    if (left) append_or_extend(result, rest);
  }
  rows = std::move(result);
}

void TargetTable::add_subnet_labels(const SubnetMap& subnets) {
  if (subnets.empty()) return;
  for (auto& row : names_) {
    const auto address = Address::parse(row.connect_length > 0 ? connect(row) : host(row));
    if (!address) continue;
    if (const auto id = subnets.find(*address))
      row.annotation = with_subnet(row.annotation, subnets, *id);
  }
  label_ranges(v4_, subnets);
  label_ranges(v6_, subnets);
  index();
}

void TargetTable::for_each_name(
    const std::function<void(std::string_view, std::uint32_t)>& visit) const {
  for (const auto& row : names_) visit(host(row), row.annotation);
}

void TargetTable::index() {
  v4_starts_ = starts_of(v4_, v4_count_);
  v6_starts_ = starts_of(v6_, v6_count_);
}

std::uint64_t TargetTable::size() const {
  std::uint64_t sum = names_.size() + v4_count_;
  return __builtin_add_overflow(sum, v6_count_, &sum) ? UINT64_MAX : sum;
}

std::set<std::uint16_t> TargetTable::ports() const {
  std::set<std::uint16_t> ports;
  for (const auto& row : names_) ports.insert(row.port);
  for (const auto& row : v4_) ports.insert(row.port);
  for (const auto& row : v6_) ports.insert(row.port);
  return ports;
}

void TargetTable::annotate(Target& target, const Origin& origin) const {
  const auto& [labels, skip_reason, family, jumps, odd] = annotations_[origin.annotation];
  target.labels = labels;
  target.skip_reason = skip_reason;
  target.jumps = jumps;
  target.family = family;
  target.source = sources_[origin.source];
  if (origin.line > 0) target.source += ':' + std::to_string(origin.line);
}

Target TargetTable::named(const NameRow& row) const {
  Target target{.host = std::string{host(row)}, .port = row.port};
  const auto behind = connect(row);
  target.address = Address::parse(behind.empty() ? host(row) : behind);
  if (!target.address) target.lookup = behind;
  annotate(target, {row.annotation, row.line, row.source});
  return target;
}

TargetTable::Found TargetTable::in_ranges(std::uint64_t index) const {
  const auto find = [&]<typename Key>(const RangeRows<Key>& rows,
                                      const std::vector<std::uint64_t>& starts) -> Found {
    const auto after = std::upper_bound(starts.begin(), starts.end(), index) - starts.begin();
    const auto at = static_cast<std::size_t>(after - 1);
    const auto& row = rows[at];
    const auto address =
        address_of(static_cast<Key>(row.first + static_cast<Key>(index - starts[at])));
    return {address, row.port, {row.annotation, row.line, row.source}};
  };
  if (index < v4_count_) return find(v4_, v4_starts_);
  index -= v4_count_;
  return find(v6_, v6_starts_);
}

Target TargetTable::at(std::uint64_t index) const {
  if (index < names_.size()) return named(names_[index]);
  const auto [address, port, origin] = in_ranges(index - names_.size());
  Target target{.host = address.to_string(), .port = port, .address = address};
  annotate(target, origin);
  return target;
}

std::uint64_t TargetTable::stable_hash(std::uint64_t index) const {
  std::string name;
  if (index < names_.size()) {
    name = host_and_port(host(names_[index]), names_[index].port);
  } else {
    const auto found = in_ranges(index - names_.size());
    name = host_and_port(found.address.to_string(), found.port);
  }
  return fleetscan::stable_hash(name);
}

std::string TargetTable::sha256() const {
  Sha256 sha256;
  std::vector<std::pair<std::uint64_t, const NameRow*>> order;
  order.reserve(names_.size());
  for (const auto& row : names_) order.emplace_back(hash(row), &row);
  std::ranges::sort(order, [&](const auto& a, const auto& b) {
    return std::tuple(a.first, host(*a.second)) < std::tuple(b.first, host(*b.second));
  });
  constexpr std::size_t kBatch = 65536;
  std::string lines;
  for (const auto& [unused, row] : order) {
    lines.append(host(*row)).append(1, '=').append(connect(*row));
    lines.append(1, ':').append(std::to_string(row->port)).append(1, '\n');
    if (lines.size() < kBatch) continue;
    sha256.add(lines);
    lines.clear();
  }
  sha256.add(lines);
  digest(v4_, sha256);
  digest(v6_, sha256);
  return sha256.hex();
}

}  // namespace fleetscan::inventory
