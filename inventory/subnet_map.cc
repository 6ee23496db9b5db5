#include "inventory/subnet_map.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/csv_rows.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "base/range_rows.h"
#include "inventory/expression.h"
#include "inventory/label_filter.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

/// Makes nested prefixes disjoint: each address goes to the innermost one around it. Of two that
/// are equal, the first stays.
template <typename Key>
RangeRows<Key> flattened(RangeRows<Key> rows) {
  std::ranges::stable_sort(rows, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  RangeRows<Key> result, open;
  Key at = 0;  // up to here the result is complete
  const auto close_until = [&](bool all, Key limit) {
    while (!open.empty() && (all || open.back().last < limit)) {
      auto row = open.back();
      open.pop_back();
      row.first = std::max(row.first, at);
      if (row.first > row.last || (at == 0 && !result.empty())) continue;
      result.push_back(row);
      at = row.last + 1;
    }
  };
  for (const auto& row : rows) {
    close_until(false, row.first);
    if (!open.empty()) {
      if (open.back().first == row.first && open.back().last == row.last) continue;
      auto before = open.back();
      before.first = std::max(before.first, at);
      if (before.first < row.first) {
        before.last = row.first - 1;
        result.push_back(before);
      }
    }
    at = row.first;
    open.push_back(row);
  }
  close_until(true, 0);
  return result;
}

constexpr std::array<std::string_view, 4> kPrefix{"prefix", "cidr", "subnet", "network"};

}  // namespace

SubnetMap SubnetMap::parse(std::string_view text, const std::string& source, InputErrors& errors) {
  SubnetMap map;
  CsvRows rows(text, CsvRows::separator_of(text));
  const auto fail = [&](std::string what, std::string remedy) {
    errors.add({source, rows.line(), 0, std::move(what), std::move(remedy)});
  };
  if (!rows.next()) return map;
  std::vector<std::string> header;
  for (const auto& field : rows.fields()) header.emplace_back(trimmed(field));
  const auto key = std::ranges::find_first_of(header, kPrefix);
  if (rows.fault() || key == header.end()) {
    fail(header.front(),
         rows.fault() ? rows.fault() : "the first line must be a header with a column prefix");
    return map;
  }
  const auto prefix_column = static_cast<std::size_t>(key - header.begin());
  while (rows.next()) {
    const auto& fields = rows.fields();
    if (rows.fault() || fields.size() > header.size() || fields.size() <= prefix_column) {
      fail("", rows.fault() ? rows.fault() : "a row must have as many fields as the header");
      continue;
    }
    const std::string text_of_prefix{trimmed(fields[prefix_column])};
    const auto single = Address::parse(text_of_prefix);
    const auto range = single ? AddressRange{*single, *single} : range_of_prefix(text_of_prefix);
    if (!range) {
      fail(text_of_prefix, "a prefix is an address and a length, 10.0.0.0/24");
      continue;
    }
    Labels labels;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string label = header[i] + '=' + std::string{trimmed(fields[i])};
      if (i == prefix_column || label.ends_with('=')) continue;
      if (parse_label(label))
        labels.emplace(header[i], trimmed(fields[i]));
      else
        fail(label, "a label has a plain name and at most 1024 bytes");
    }
    const auto id = static_cast<std::uint32_t>(map.labels_.size());
    map.labels_.push_back(std::move(labels));
    const auto first = key_of(range->first), last = key_of(range->last);
    if (range->first.is_v4())
      map.v4_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last), id,
                         rows.line(), 0, 0});
    else
      map.v6_.push_back({first, last, id, rows.line(), 0, 0});
  }
  map.v4_ = flattened(std::move(map.v4_));
  map.v6_ = flattened(std::move(map.v6_));
  return map;
}

void SubnetMap::filter(LabelFilter& filter) {
  for (auto& labels : labels_) {
    const auto kept = filter.filtered(std::make_shared<const Labels>(labels));
    labels = kept ? *kept : Labels{};
  }
}

template <>
const RangeRows<std::uint32_t>& SubnetMap::rows() const {
  return v4_;
}
template <>
const RangeRows<uint128>& SubnetMap::rows() const {
  return v6_;
}

template <typename Key>
void SubnetMap::for_each_in(Key first, Key last,
                            const std::function<void(Key, Key, std::uint32_t)>& visit) const {
  const auto& all = rows<Key>();
  auto row = std::ranges::lower_bound(all, first, {}, &RangeRow<Key>::last);
  for (; row != all.end() && row->first <= last; ++row)
    visit(std::max(first, row->first), std::min(last, row->last), row->annotation);
}
template void SubnetMap::for_each_in(
    std::uint32_t, std::uint32_t,
    const std::function<void(std::uint32_t, std::uint32_t, std::uint32_t)>&) const;
template void SubnetMap::for_each_in(
    uint128, uint128, const std::function<void(uint128, uint128, std::uint32_t)>&) const;

std::optional<std::uint32_t> SubnetMap::find(const Address& address) const {
  std::optional<std::uint32_t> found;
  const auto key = key_of(address);
  if (address.is_v4()) {
    const auto v4 = static_cast<std::uint32_t>(key);
    for_each_in<std::uint32_t>(v4, v4, [&](auto, auto, std::uint32_t id) { found = id; });
  } else {
    for_each_in<uint128>(key, key, [&](auto, auto, std::uint32_t id) { found = id; });
  }
  return found;
}

std::shared_ptr<const Labels> SubnetMap::added_to(const std::shared_ptr<const Labels>& labels,
                                                  std::uint32_t id) const {
  auto result = labels ? *labels : Labels{};
  result.insert(labels_[id].begin(), labels_[id].end());
  return std::make_shared<const Labels>(std::move(result));
}

}  // namespace fleetscan::inventory
