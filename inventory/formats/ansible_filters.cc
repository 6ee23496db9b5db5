#include "inventory/formats/ansible_filters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/address.h"
#include "base/ascii.h"
#include "base/lines.h"

namespace fleetscan::inventory {
namespace {

using Json = nlohmann::json;
using Arguments = std::span<const Json>;
using Result = std::optional<Json>;

constexpr std::size_t kMostBytes = 65536;

std::string argument(Arguments arguments, std::size_t index, std::string_view otherwise) {
  if (index >= arguments.size()) return std::string{otherwise};
  return ansible_text(arguments[index]).value_or("");
}

Result to_int(const std::string& text, Arguments) {
  std::int64_t number = 0;
  const auto digits = trimmed(text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

Result replaced(const std::string& text, Arguments arguments) {
  const auto from = argument(arguments, 0, ""), to = argument(arguments, 1, "");
  if (arguments.size() != 2 || from.empty()) return std::nullopt;
  std::string result;
  std::string_view rest = text;
  for (auto at = rest.find(from); at != npos; at = rest.find(from)) {
    (result += rest.substr(0, at)) += to;
    rest.remove_prefix(at + from.size());
    if (result.size() > kMostBytes) return std::nullopt;
  }
  return result.append(rest);
}

Result parts(const std::string& text, Arguments arguments) {
  const auto separator = argument(arguments, 0, " ");
  if (separator.empty() || arguments.size() > 1) return std::nullopt;
  auto list = Json::array();
  std::string_view rest = text;
  for (auto at = rest.find(separator); at != npos; at = rest.find(separator)) {
    list.push_back(rest.substr(0, at));
    rest.remove_prefix(at + separator.size());
  }
  list.push_back(rest);
  return list;
}

/// The address of "192.0.2.1/24".
Result address_of(const std::string& text, Arguments arguments) {
  const auto query = argument(arguments, 0, "");
  const auto address = text.substr(0, text.find('/'));
  if (!Address::parse(address)) return std::nullopt;
  if (query.empty()) return text;
  if (query == "address" || query == "ip") return address;
  return std::nullopt;
}

using TextFilter = std::function<Result(const std::string&, Arguments)>;
using Row = std::pair<std::string_view, TextFilter>;

Result filtered_text(const std::string& text, std::string_view name, Arguments arguments) {
  static const auto same = [](const std::string& value, Arguments) { return Result{value}; };
  static const std::array<Row, 13> kFilters{{
      {"int", to_int},
      {"string", same},
      {"mandatory", same},
      {"trim", [](const std::string& value, Arguments) { return Result{trimmed(value)}; }},
      {"strip", [](const std::string& value, Arguments) { return Result{trimmed(value)}; }},
      {"lower", [](const std::string& value, Arguments) { return Result{lower(value)}; }},
      {"upper",
       [](std::string value, Arguments) {
         for (char& c : value)
           if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
         return Result{value};
       }},
      {"replace", replaced},
      {"split", parts},
      {"ipaddr", address_of},
      {"ipv4", address_of},
      {"ipv6", address_of},
      {"ipwrap",
       [](const std::string& value, Arguments) {
         const auto address = Address::parse(value);
         return Result{address && address->family() == Family::v6 ? '[' + value + ']' : value};
       }},
  }};
  const auto row = std::ranges::find(kFilters, name, &Row::first);
  return row == kFilters.end() ? std::nullopt : row->second(text, arguments);
}

Result filtered_list(const Json& list, std::string_view name, Arguments arguments) {
  if (name == "first" && !list.empty()) return list.front();
  if (name == "last" && !list.empty()) return list.back();
  if (name != "join") return std::nullopt;
  std::string joined;
  for (const auto& one : list) {
    const auto text = ansible_text(one);
    if (!text || joined.size() > kMostBytes) return std::nullopt;
    if (&one != &list.front()) joined += argument(arguments, 0, "");
    joined += *text;
  }
  return joined;
}

}  // namespace

std::optional<Json> ansible_filtered(const Json& value, std::string_view name,
                                     std::span<const Json> arguments) {
  name.remove_prefix(name.rfind('.') + 1);  // of a collection: ansible.utils.ipaddr
  if (value.is_array()) return filtered_list(value, name, arguments);
  const auto text = ansible_text(value);
  return text ? filtered_text(*text, name, arguments) : std::nullopt;
}

std::optional<std::string> ansible_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

}  // namespace fleetscan::inventory
