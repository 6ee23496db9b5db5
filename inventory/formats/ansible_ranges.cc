#include "inventory/formats/ansible_ranges.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "inventory/expression.h"

namespace fleetscan::inventory {
namespace {

struct Bounds {
  std::uint64_t first = 0, last = 0, step = 1;
  std::size_t width = 0;
  bool letters = false;
};

constexpr std::ptrdiff_t kMostRanges = 16;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::size_t kMaxDigits = 15;
  if (error != std::errc{} || end != text.data() + text.size() || text.size() > kMaxDigits)
    return std::nullopt;
  return value;
}

const char* parse_bounds(std::string_view text, Bounds& bounds) {
  std::array<std::string_view, 3> parts{"0", "", "1"};
  std::size_t count = 0;
  while (true) {
    if (count == parts.size()) return "a range is [first:last] or [first:last:step]";
    const auto colon = text.find(':');
    if (colon != 0 || count > 0) parts[count] = text.substr(0, colon);
    ++count;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  const auto& [first, last, step] = parts;
  if (count < 2 || last.empty()) return "a range is [first:last] or [first:last:step]";
  if (first.size() > 1 && first[0] == '0') {
    bounds.width = first.size();
    if (last.size() != bounds.width) return "both ends of a range have the same width";
  }
  bounds.letters = first.size() == 1 && last.size() == 1 &&
                   kLetters.find(first) != std::string_view::npos &&
                   kLetters.find(last) != std::string_view::npos;
  const auto low = bounds.letters ? kLetters.find(first) : number_in(first);
  const auto high = bounds.letters ? kLetters.find(last) : number_in(last);
  const auto by = number_in(step);
  if (!low || !high || !by || *by == 0) return "a range is [first:last] or [first:last:step]";
  if (*low > *high) return "a range goes from a lower to a higher end";
  bounds.first = *low;
  bounds.last = *high;
  bounds.step = *by;
  return nullptr;
}

}  // namespace

const char* expand_ansible_ranges(std::string_view pattern, std::size_t limit,
                                  std::vector<std::string>& hosts) {
  const auto open = pattern.find('[');
  if (open == std::string_view::npos) {
    if (hosts.size() >= limit) return "expands to more hosts than --max-targets allows";
    hosts.emplace_back(pattern);
    return nullptr;
  }
  if (std::ranges::count(pattern, '[') > kMostRanges) return "at most 16 ranges in one name";
  const auto close = pattern.find(']', open);
  if (close == std::string_view::npos) return "the bracket is not closed";
  Bounds bounds;
  if (const char* fault = parse_bounds(pattern.substr(open + 1, close - open - 1), bounds))
    return fault;
  for (auto value = bounds.first; value <= bounds.last; value += bounds.step) {
    std::string host{pattern.substr(0, open)};
    if (bounds.letters) {
      host += kLetters[value];
    } else {
      const auto digits = std::to_string(value);
      if (digits.size() < bounds.width) host.append(bounds.width - digits.size(), '0');
      host += digits;
    }
    host += pattern.substr(close + 1);
    if (const char* fault = expand_ansible_ranges(host, limit, hosts)) return fault;
  }
  return nullptr;
}

AnsibleHost split_ansible_port(std::string_view pattern) {
  AnsibleHost result{.host = pattern};
  std::string_view digits;
  if (pattern.starts_with('[') && pattern.find("]:") != std::string_view::npos &&
      pattern.find(']') == pattern.rfind("]:")) {
    const auto close = pattern.find(']');
    result.host = pattern.substr(1, close - 1);
    digits = pattern.substr(close + 2);
  } else {
    std::size_t colon = std::string_view::npos, colons = 0;
    for (std::size_t i = 0, depth = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '[') ++depth;
      if (pattern[i] == ']' && depth > 0) --depth;
      if (pattern[i] == ':' && depth == 0) colon = i, ++colons;
    }
    if (colons != 1) return result;
    result.host = pattern.substr(0, colon);
    digits = pattern.substr(colon + 1);
  }
  result.port = parse_port_number(digits);
  result.bad_port = !result.port;
  return result;
}

}  // namespace fleetscan::inventory
