#include "inventory/expression.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/prefix.h"

namespace fleetscan::inventory {
namespace {

constexpr auto kMany = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kMaxName = 253;  // RFC 1035 section 2.3.4
constexpr std::size_t kMaxLabel = 63;  // likewise
constexpr std::size_t kMaxDimensions = 16;
constexpr auto kZoneRemedy = "a zone needs a single address, not a range";
constexpr auto kOctetRemedy =
    "an octet is a number from 0 to 255 without leading zeros, or a rising range";

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kMany : product;
}

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? kMany : sum;
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  constexpr std::size_t kMaxDigits = 18;
  if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

/// The last address of the prefix.
Address last_of(const Prefix& prefix) {
  auto bytes = prefix.base().bytes();
  for (int bit = prefix.length(); bit < prefix.base().bits(); ++bit) {
    auto& byte = bytes[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte | 0x80 >> bit % 8);
  }
  if (!prefix.base().is_v4()) return Address::v6(bytes, prefix.base().scope());
  return Address::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                     std::uint32_t{bytes[2]} << 8 | bytes[3]);
}

std::uint64_t count_of(const AddressRange& range) {
  std::array<std::uint64_t, 2> first{}, last{};
  for (std::size_t i = 0; i < 16; ++i) {
    first[i / 8] = first[i / 8] << 8 | range.first.bytes()[i];
    last[i / 8] = last[i / 8] << 8 | range.last.bytes()[i];
  }
  if (range.first.is_v4()) return (last[0] >> 32) - (first[0] >> 32) + 1;
  const std::uint64_t borrow = last[1] < first[1] ? 1 : 0;
  if (last[0] - first[0] - borrow != 0) return kMany;
  return add(last[1] - first[1], 1);
}

bool looks_like_octets(std::string_view text) {
  return text.find_first_not_of("0123456789.,-*") == npos && std::ranges::count(text, '.') == 3;
}

std::string prefix_remedy(std::string_view text) {
  const auto address = Address::parse(text.substr(0, text.find('/')));
  if (!address) return "a prefix needs an address before the slash";
  return address->is_v4() ? "prefix length must be 0 to 32" : "prefix length must be 0 to 128";
}

}  // namespace

std::optional<std::uint16_t> parse_port_number(std::string_view digits) {
  const auto number = parse_number(digits);
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::optional<AddressRange> range_of_prefix(std::string_view text) {
  const auto prefix = Prefix::parse(text);
  if (!prefix) return std::nullopt;
  return AddressRange{prefix->base(), last_of(*prefix)};
}

std::optional<ExpressionFault> check_name(std::string_view name) {
  if (name.empty()) return ExpressionFault{0, "a host name is missing"};
  if (name.size() > kMaxName + (name.back() == '.' ? 1 : 0))
    return ExpressionFault{0, "a host name has at most 253 bytes"};
  std::size_t label = 0;  // where the current label starts
  bool numeric = true;    // nothing but digits in it
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '.') {
      if (i == label) return ExpressionFault{i, "a part between two dots is empty"};
      if (i - label > kMaxLabel)
        return ExpressionFault{label, "a part between dots has at most 63 bytes"};
      if (i + 1 == name.size()) break;
      label = i + 1;
      numeric = true;
      continue;
    }
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-' && c != '_') {
      if (c == '@') return ExpressionFault{i, "leave out the user: write host or host:port"};
      if (c == ',') return ExpressionFault{i, "write each host on its own, not in a comma list"};
      if (static_cast<unsigned char>(c) >= 0x80)
        return ExpressionFault{i, "write an international name in its xn-- form"};
      return ExpressionFault{i, "a host name has only letters, digits, '-', '_' and '.'"};
    }
    if (i == label && c == '-') return ExpressionFault{i, "a host name does not begin with '-'"};
    numeric = numeric && digit;
  }
  if (name.size() - label > kMaxLabel + (name.back() == '.' ? 1 : 0))
    return ExpressionFault{label, "a part between dots has at most 63 bytes"};
  if (numeric && name.find('.') != npos)
    return ExpressionFault{0,
                           "an IPv4 address is four numbers from 0 to 255, without leading zeros"};
  return std::nullopt;
}

std::variant<Expression, ExpressionFault> Expression::parse(std::string_view text) {
  Expression expression;
  if (auto fault = expression.parse_host(text)) return std::move(*fault);
  return expression;
}

Expression::Fault Expression::parse_port(std::string_view digits, std::size_t offset) {
  port_ = parse_port_number(digits);
  if (port_) return std::nullopt;
  return ExpressionFault{offset, "a port is a number from 1 to 65535"};
}

Expression::Fault Expression::parse_ends(std::string_view first, std::string_view last) {
  const auto from = Address::parse(first);
  const auto to = Address::parse(last);
  if (!from) return ExpressionFault{0, "a range needs an address before its hyphen"};
  if (!to) return ExpressionFault{first.size() + 1, "a range needs an address after its hyphen"};
  if (from->family() != to->family() || *to < *from)
    return ExpressionFault{0, "a range goes from a lower to a higher address of one family"};
  if (from->scope() != 0 || to->scope() != 0) return ExpressionFault{0, kZoneRemedy};
  hosts_ = AddressRange{*from, *to};
  return std::nullopt;
}

Expression::Fault Expression::parse_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == npos) return ExpressionFault{0, "the bracket is not closed: write [address]:port"};
    const auto inside = text.substr(1, close - 1);
    if (std::ranges::count(inside, ':') >= 2) {
      const auto after = text.substr(close + 1);
      if (!after.empty() && after.front() != ':')
        return ExpressionFault{close + 1, "after the bracket, only :port may follow"};
      if (!after.empty())
        if (auto fault = parse_port(after.substr(1), close + 2)) return fault;
      auto fault = parse_host(inside);
      if (fault) ++fault->offset;
      return fault;
    }
  }
  if (text.find_first_of("[]") != npos) return parse_brackets(text);

  const auto colon = text.find(':');
  const bool v6 = colon != npos && text.find(':', colon + 1) != npos;
  if (colon != npos && !v6) {
    if (auto fault = parse_port(text.substr(colon + 1), colon + 1)) return fault;
    text = text.substr(0, colon);
  }
  if (text.find('/') != npos) {
    const auto range = range_of_prefix(text);
    if (!range) return ExpressionFault{0, prefix_remedy(text)};
    if (range->first.scope() != 0) return ExpressionFault{0, kZoneRemedy};
    hosts_ = *range;
    return std::nullopt;
  }
  if (const auto address = Address::parse(text)) {
    hosts_ = AddressRange{*address, *address};
    return std::nullopt;
  }
  if (const auto hyphen = text.find('-'); hyphen != npos) {
    const auto first = text.substr(0, hyphen), last = text.substr(hyphen + 1);
    if (v6 || (std::ranges::count(first, '.') == 3 && std::ranges::count(last, '.') == 3 &&
               text.find_first_not_of("0123456789.-") == npos))
      return parse_ends(first, last);
  }
  if (v6)
    return ExpressionFault{0, "not an IPv6 address; one with a port is written [address]:port"};
  if (looks_like_octets(text)) return parse_octets(text);
  if (auto fault = check_name(text)) return fault;
  hosts_ = text;
  return std::nullopt;
}

Expression::Fault Expression::parse_octets(std::string_view text) {
  Octets octets;
  std::size_t at = 0;
  for (auto& allowed : octets.allowed) {
    const auto end = std::min(text.find('.', at), text.size());
    while (true) {
      const auto comma = std::min({text.find(',', at), end});
      const auto part = text.substr(at, comma - at);
      const auto hyphen = part.find('-');
      const auto low = part.substr(0, hyphen);
      const auto high = hyphen == npos ? low : part.substr(hyphen + 1);
      std::optional<std::uint64_t> first = 0, last = 255;
      if (part != "*") {
        if (!low.empty() || hyphen == npos) first = parse_number(low);
        if (!high.empty() || hyphen == npos) last = parse_number(high);
      }
      const auto octal = [](std::string_view n) { return n.size() > 1 && n[0] == '0'; };
      if (!first || !last || octal(low) || octal(high) || *last > 255 || *first > *last)
        return ExpressionFault{at, kOctetRemedy};
      for (auto i = *first; i <= *last; ++i) allowed.set(i);
      at = comma + 1;
      if (comma == end) break;
    }
  }
  hosts_ = octets;
  return std::nullopt;
}

std::variant<std::vector<Expression::Numbers>, ExpressionFault> Expression::parse_dimension(
    std::string_view text) {
  std::vector<Numbers> result;
  std::size_t at = 0;
  while (true) {
    const auto comma = std::min(text.find(',', at), text.size());
    auto part = text.substr(at, comma - at);
    std::optional<std::uint64_t> step = 1;
    if (const auto slash = part.find('/'); slash != npos) {
      step = parse_number(part.substr(slash + 1));
      part = part.substr(0, slash);
    }
    const auto hyphen = part.find('-');
    const auto low = part.substr(0, hyphen);
    const auto high = hyphen == npos ? low : part.substr(hyphen + 1);
    const auto first = parse_number(low), last = parse_number(high);
    if (!first || !last || !step || *step == 0)
      return ExpressionFault{at, "brackets contain numbers, ranges and steps: [01-20/2,33]"};
    if (*first > *last) return ExpressionFault{at, "a range goes from a lower to a higher number"};
    const bool padded = low.size() > 1 && low.front() == '0';
    if (high.size() > 1 && high.front() == '0' && high.size() != low.size())
      return ExpressionFault{at, "both ends of a range are padded to the same width"};
    result.push_back({*first, *last, *step, padded ? static_cast<int>(low.size()) : 0});
    if (comma == text.size()) return result;
    at = comma + 1;
  }
}

Expression::Fault Expression::parse_brackets(std::string_view text) {
  Brackets brackets;
  std::size_t at = 0;
  while (true) {
    const auto open = text.find_first_of("[]", at);
    if (open == npos) break;
    const auto close = text.find_first_of("[]", open + 1);
    if (text[open] == ']') return ExpressionFault{open, "this bracket was never opened"};
    if (close == npos || text[close] == '[')
      return ExpressionFault{open, "this bracket is not closed"};
    if (brackets.dimensions.size() == kMaxDimensions)
      return ExpressionFault{open, "at most 16 brackets in one name"};
    auto dimension = parse_dimension(text.substr(open + 1, close - open - 1));
    if (auto* fault = std::get_if<ExpressionFault>(&dimension)) {
      fault->offset += open + 1;
      return std::move(*fault);
    }
    brackets.between.push_back(text.substr(at, open - at));
    brackets.dimensions.push_back(std::get<0>(std::move(dimension)));
    at = close + 1;
  }
  auto rest = text.substr(at);
  if (const auto colon = rest.find(':'); colon != npos) {
    if (auto fault = parse_port(rest.substr(colon + 1), at + colon + 1)) return fault;
    rest = rest.substr(0, colon);
  }
  brackets.between.push_back(rest);

  std::string sample;
  for (std::size_t i = 0; i < brackets.between.size(); ++i) {
    if (i > 0) sample += '1';
    sample += brackets.between[i];
  }
  if (auto fault = check_name(sample); fault && !Address::parse(sample)) {
    fault->offset = 0;
    return fault;
  }
  hosts_ = std::move(brackets);
  return std::nullopt;
}

std::uint64_t Expression::count() const {
  if (const auto* range = std::get_if<AddressRange>(&hosts_)) return count_of(*range);
  std::uint64_t product = 1;
  if (const auto* octets = std::get_if<Octets>(&hosts_)) {
    for (const auto& allowed : octets->allowed) product = multiply(product, allowed.count());
  } else if (const auto* brackets = std::get_if<Brackets>(&hosts_)) {
    for (const auto& dimension : brackets->dimensions) {
      std::uint64_t sum = 0;
      for (const auto& [first, last, step, width] : dimension)
        sum = add(sum, (last - first) / step + 1);
      product = multiply(product, sum);
    }
  }
  return product;
}

void Expression::for_each(const OnRange& on_range, const OnName& on_name) const {
  if (const auto* name = std::get_if<std::string_view>(&hosts_)) return on_name(*name);
  if (const auto* range = std::get_if<AddressRange>(&hosts_)) return on_range(*range);
  if (const auto* octets = std::get_if<Octets>(&hosts_)) return for_each_octets(*octets, on_range);
  for_each_brackets(std::get<Brackets>(hosts_), on_range, on_name);
}

/// The last octet that is not 0-255: what follows it goes into whole blocks.
std::size_t Expression::Octets::deciding() const {
  std::size_t index = 3;
  while (index > 0 && allowed[index].all()) --index;
  return index;
}

std::uint64_t Expression::pieces() const {
  if (std::holds_alternative<Brackets>(hosts_)) return count();
  const auto* octets = std::get_if<Octets>(&hosts_);
  if (!octets) return 1;
  const auto last = octets->deciding();
  const auto& allowed = octets->allowed[last];
  std::uint64_t runs = (allowed & ~(allowed << 1)).count();
  for (std::size_t i = 0; i < last; ++i) runs *= octets->allowed[i].count();
  return runs;
}

void Expression::for_each_octets(const Octets& octets, const OnRange& on_range) {
  const auto deciding = octets.deciding();
  const auto block = static_cast<std::uint32_t>((std::uint64_t{1} << 8 * (3 - deciding)) - 1);
  std::optional<AddressRange> run;
  const std::function<void(std::size_t, std::uint32_t)> visit = [&](std::size_t index,
                                                                    std::uint32_t base) {
    for (std::uint32_t octet = 0; octet < 256; ++octet) {
      if (!octets.allowed[index][octet]) continue;
      const auto first = base | octet << 8 * (3 - index);
      if (index < deciding) {
        visit(index + 1, first);
        continue;
      }
      if (run && run->last.v4_value() + 1 == first) {
        run->last = Address::v4(first + block);
        continue;
      }
      if (run) on_range(*run);
      run = AddressRange{Address::v4(first), Address::v4(first + block)};
    }
  };
  visit(0, 0);
  if (run) on_range(*run);
}

void Expression::for_each_brackets(const Brackets& brackets, const OnRange& on_range,
                                   const OnName& on_name) {
  std::string text{brackets.between.front()};
  const std::function<void(std::size_t)> expand = [&](std::size_t dimension) {
    if (dimension == brackets.dimensions.size()) {
      if (const auto address = Address::parse(text)) return on_range({*address, *address});
      return on_name(text);
    }
    const auto length = text.size();
    for (const auto& [first, last, step, width] : brackets.dimensions[dimension]) {
      for (auto number = first; number <= last; number += step) {
        const auto digits = std::to_string(number);
        const auto padding = static_cast<std::size_t>(width) > digits.size()
                                 ? static_cast<std::size_t>(width) - digits.size()
                                 : 0;
        text.append(padding, '0').append(digits).append(brackets.between[dimension + 1]);
        expand(dimension + 1);
        text.resize(length);
      }
    }
  };
  expand(0);
}

}  // namespace fleetscan::inventory
