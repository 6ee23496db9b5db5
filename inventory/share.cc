#include "inventory/share.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace fleetscan::inventory {
namespace {

template <typename Number>
std::optional<Number> parse_all(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Sample> Sample::parse(std::string_view text) {
  if (text.ends_with('%')) {
    const auto percent = parse_all<double>(text.substr(0, text.size() - 1));
    if (!percent || !(*percent > 0 && *percent <= 100)) return std::nullopt;
    return Sample{0, *percent / 100};
  }
  const auto count = parse_all<std::uint64_t>(text);
  if (!count || *count == 0) return std::nullopt;
  return Sample{*count, 0};
}

std::uint64_t Sample::of(std::uint64_t all) const {
  if (count > 0) return std::min(count, all);
  return std::min(all, static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(all))));
}

std::optional<ShardChoice> ShardChoice::parse(std::string_view text) {
  constexpr std::uint32_t kMostShards = 65536;
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto index = parse_all<std::uint32_t>(text.substr(0, slash));
  const auto count = parse_all<std::uint32_t>(text.substr(slash + 1));
  if (!index || !count || *index < 1 || *index > *count || *count > kMostShards)
    return std::nullopt;
  return ShardChoice{*index, *count};
}

}  // namespace fleetscan::inventory
