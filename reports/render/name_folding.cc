#include "reports/render/name_folding.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/escape.h"
#include "base/numbers.h"

namespace fleetscan::render {
namespace {

/// A name around the number that may be folded.
struct Parts {
  std::string_view before, digits, after;
};

std::optional<Parts> split(std::string_view name) {
  if (name.find_first_of("[]") != name.npos) return std::nullopt;
  const auto host = name.substr(0, name.find(':'));
  const bool is_address = host.find_first_not_of("0123456789.") == host.npos;
  auto end = is_address ? host.size() : std::min(host.find('.'), host.size());
  while (end > 0 && !is_digit(name[end - 1])) --end;
  auto begin = end;
  while (begin > 0 && is_digit(name[begin - 1])) --begin;
  constexpr std::size_t kMaxDigits = 18;  // fits 64 bits
  if (begin == end || end - begin > kMaxDigits) return std::nullopt;
  return Parts{name.substr(0, begin), name.substr(begin, end - begin), name.substr(end)};
}

std::uint64_t value_of(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// Whether counting on from `before` gives `next`: 09 gives 10, and 99 gives 100.
bool follows(std::string_view before, std::string_view next) {
  const bool grows = before.find_first_not_of('9') == before.npos;
  return value_of(next) == value_of(before) + 1 && next.size() == before.size() + (grows ? 1 : 0);
}

/// "01-02,05". REQUIRES: sorted by length, then value; no doubles.
std::string ranges_of(const std::vector<std::string_view>& numbers) {
  std::string out;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && follows(numbers[last], numbers[last + 1])) ++last;
    if (!out.empty()) out += ',';
    out += numbers[i];
    if (last != i) (out += '-') += numbers[last];
    i = last + 1;
  }
  return out;
}

/// As people sort: digits by the number that they make.
bool comes_before(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (!is_digit(a[0]) || !is_digit(b[0])) {
      if (a[0] != b[0]) return a[0] < b[0];
      a.remove_prefix(1);
      b.remove_prefix(1);
      continue;
    }
    const auto number = [](std::string_view& text) {
      const auto* end = std::ranges::find_if_not(text, is_digit);
      auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
      text.remove_prefix(digits.size());
      digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
      return digits;
    };
    const auto first = number(a), second = number(b);
    if (first != second) return std::pair(first.size(), first) < std::pair(second.size(), second);
  }
  return a.size() < b.size();
}

struct Set {
  std::vector<std::string_view> numbers;
  std::size_t place;  ///< of its first member
};

struct Folded {
  std::size_t place;  ///< of the first name
  std::string text;
  std::size_t names;     ///< that it stands for, doubles included
  std::string smallest;  ///< of them
};

std::vector<Folded> fold(const std::vector<std::string>& names) {
  std::map<std::pair<std::string_view, std::string_view>, Set> sets;
  std::vector<Folded> folded;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto parts = split(names[i]))
      sets.try_emplace({parts->before, parts->after}, Set{{}, i})
          .first->second.numbers.push_back(parts->digits);
    else
      folded.push_back({i, names[i], 1, names[i]});
  }
  for (auto& [around, set] : sets) {
    auto& numbers = set.numbers;
    const auto count = numbers.size();
    std::ranges::sort(numbers, {}, [](auto digits) { return std::pair(digits.size(), digits); });
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    const auto ranges = ranges_of(numbers);
    const auto inside = numbers.size() == 1 ? ranges : '[' + ranges + ']';
    const std::string before(around.first), after(around.second);
    folded.push_back(
        {set.place, before + inside + after, count, before + std::string(numbers[0]) + after});
  }
  std::ranges::sort(folded, {}, &Folded::place);
  return folded;
}

}  // namespace

std::vector<std::string> fold_names(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  auto folded = fold(names);
  out.reserve(folded.size());
  for (auto& entry : folded) out.push_back(std::move(entry.text));
  return out;
}

std::string folded_line(const std::vector<std::string>& names, std::size_t width,
                        std::uint64_t all) {
  constexpr std::string_view kUsualPort = ":22";
  auto short_names = names;
  for (auto& name : short_names)
    if (name.ends_with(kUsualPort) && !name.starts_with('['))
      name.resize(name.size() - kUsualPort.size());
  std::string line;
  auto left = std::max<std::uint64_t>(all, names.size());
  auto sets = fold(short_names);
  std::ranges::stable_sort(sets, comes_before, &Folded::smallest);
  for (const auto& folded : sets) {
    const auto text = printable(folded.text);
    if (line.size() + (line.empty() ? 0 : 1) + text.size() > width) {
      if (line.empty()) line = text.substr(0, width > 3 ? width - 3 : 0);
      return line + "... (+" + grouped(left) + ')';
    }
    if (!line.empty()) line += ' ';
    line += text;
    left -= folded.names;
  }
  return left == 0 ? line : line + "... (+" + grouped(left) + ')';
}

}  // namespace fleetscan::render
