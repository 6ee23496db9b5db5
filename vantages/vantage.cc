#include "vantages/vantage.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ascii.h"
#include "base/escape.h"
#include "base/input_error.h"
#include "scanner/probe/result.h"

namespace fleetscan::vantages {
namespace {

constexpr std::size_t kMaxNameBytes = 255;

bool is_plain(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("._-@:[]%").find(c) != std::string_view::npos;
}

/// Without user, scheme and port.
std::string name_of(std::string_view destination) {
  if (destination.starts_with("ssh://")) {
    destination.remove_prefix(6);
    const auto port = destination.rfind(':');
    if (port != destination.npos && !destination.ends_with(']'))
      destination = destination.substr(0, port);
  }
  const auto user = destination.rfind('@');
  return std::string(user == destination.npos ? destination : destination.substr(user + 1));
}

}  // namespace

bool is_destination(std::string_view text) {
  if (text.starts_with("ssh://")) text.remove_prefix(6);
  return !text.empty() && text.size() <= kMaxNameBytes && !text.starts_with('-') &&
         text.find("@-") == text.npos && std::ranges::all_of(text, is_plain);
}

std::variant<Vantage, std::string> parse_vantage(std::string_view text) {
  if (text == "local") return Vantage{"local"};
  if (!is_destination(text))
    return "--from " + excerpt(text) + ": must be local, or a destination as ssh takes it";
  Vantage vantage{name_of(text), std::string(text)};
  if (vantage.name.empty()) return "--from " + excerpt(text) + ": names no host";
  return vantage;
}

std::variant<std::vector<Vantage>, std::string> parse_vantages(
    const std::vector<std::string>& texts) {
  std::vector<Vantage> all;
  for (const auto& text : texts) {
    auto parsed = parse_vantage(text);
    if (const auto* fault = std::get_if<std::string>(&parsed)) return *fault;
    auto& vantage = std::get<Vantage>(parsed);
    if (std::ranges::find(all, vantage.name, &Vantage::name) != all.end())
      return "--from " + printable(text) + ": there is a vantage " + printable(vantage.name) +
             " already";
    all.push_back(std::move(vantage));
  }
  if (all.size() > probe::kMostVantages)
    return "--from: at most " + std::to_string(probe::kMostVantages) + " vantages";
  return all;
}

Vantage vantage_at(std::string_view route) {
  Vantage vantage;
  const auto comma = route.rfind(',');
  if (comma != route.npos) vantage.jumps = route.substr(0, comma);
  vantage.destination = route.substr(comma == route.npos ? 0 : comma + 1);
  // As a destination, a jump with a port is a URL.
  const auto host = vantage.destination.substr(vantage.destination.rfind('@') + 1);
  const bool has_port =
      host.starts_with('[') ? host.find("]:") != host.npos : std::ranges::count(host, ':') == 1;
  if (has_port && !vantage.destination.starts_with("ssh://"))
    vantage.destination = "ssh://" + vantage.destination;
  for (std::size_t at = 0; at != route.npos;) {
    const auto end = route.find(',', at);
    if (!vantage.name.empty()) vantage.name += ',';
    vantage.name += name_of(route.substr(at, end == route.npos ? end : end - at));
    at = end == route.npos ? end : end + 1;
  }
  return vantage;
}

}  // namespace fleetscan::vantages
