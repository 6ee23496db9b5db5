#include "inventory/labels.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

template <typename Visit>
void for_each_value(std::string_view values, const Visit& visit) {
  while (true) {
    const auto comma = values.find(',');
    visit(values.substr(0, comma));
    if (comma == std::string_view::npos) return;
    values.remove_prefix(comma + 1);
  }
}

bool is_key_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '/' || c == ':';
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

}  // namespace

void add_label(Labels& labels, std::string_view key, std::string_view value) {
  const auto [found, is_new] = labels.try_emplace(std::string{key}, value);
  if (is_new || found->second == value) return;
  std::set<std::string_view> values;
  const auto insert = [&](std::string_view one) { values.insert(one); };
  for_each_value(found->second, insert);
  for_each_value(value, insert);
  std::string joined;
  for (const auto one : values) {
    if (one.empty()) continue;
    if (!joined.empty()) joined += ',';
    joined += one;
  }
  found->second = std::move(joined);
}

Labels united(const Labels& a, const Labels& b) {
  Labels result = a;
  for (const auto& [key, value] : b) add_label(result, key, value);
  return result;
}

bool has_label(const Labels& labels, std::string_view key, std::string_view value) {
  const auto found = labels.find(std::string{key});
  if (found == labels.end()) return false;
  if (found->second == value) return true;
  bool has = false;
  for_each_value(found->second, [&](std::string_view one) { has = has || one == value; });
  return has;
}

std::optional<LabelText> parse_label(std::string_view text) {
  constexpr std::size_t kMaxKey = 64, kMaxValue = 1024;
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals > kMaxKey) return std::nullopt;
  const LabelText label{text.substr(0, equals), text.substr(equals + 1)};
  if (!std::ranges::all_of(label.key, is_key_byte)) return std::nullopt;
  if (label.value.size() > kMaxValue || std::ranges::any_of(label.value, is_control))
    return std::nullopt;
  return label;
}

}  // namespace fleetscan::inventory
