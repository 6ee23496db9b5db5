#include "commands/option_values.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "base/secrets.h"
#include "base/spelling.h"
#include "inventory/expression.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/proxy/proxy.h"
#include "scanner/ssh/client_profiles.h"

namespace fleetscan::commands {

using Millis = std::chrono::milliseconds;

void refuse_value(const std::string& option, const std::string& text, const std::string& remedy) {
  throw CLI::ValidationError(option, "\"" + excerpt(without_secrets(text)) + "\": " + remedy);
}

std::string seconds_text(Millis value) {
  return fmt::format("{}", static_cast<double>(value.count()) / 1000);
}

Millis parse_seconds(const std::string& option, const std::string& text, Millis least) {
  double read = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
  const bool fits = fault == std::errc{} && end == text.data() + text.size() && read >= 0 &&
                    read <= 86400;  // and is a number
  const Millis value{fits ? static_cast<Millis::rep>(read * 1000 + 0.5) : -1};
  if (value < least || !fits)
    refuse_value(option, text,
                 fmt::format("must be seconds from {} to 86400", seconds_text(least)));
  return value;
}

proxy::Proxy parse_proxy_url(const std::string& option, const std::string& text) {
  auto parsed = proxy::parse_proxy(text);
  if (const auto* remedy = std::get_if<std::string>(&parsed)) refuse_value(option, text, *remedy);
  return std::get<proxy::Proxy>(std::move(parsed));
}

net::DnsServer parse_server(const std::string& option, const std::string& text) {
  if (const auto address = Address::parse(text)) return {*address};
  const auto colon = text.rfind(':');
  if (colon != std::string::npos) {
    auto host = std::string_view(text).substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = Address::parse(host);
    const auto port = inventory::parse_port_number(std::string_view(text).substr(colon + 1));
    if (address && port) return {*address, *port};
  }
  refuse_value(option, text,
               "must be an address, with a port as in 192.0.2.1:5353 or [2001:db8::1]:5353");
}

// RFC 4253 section 4.2: printable US-ASCII; the whole line, its end included, is 255 bytes long.
std::string parse_ident(const std::string& option, const std::string& text) {
  const auto prefix = std::string{"SSH-2.0-"};
  const auto line = text.starts_with(prefix) ? text : prefix + text;
  const bool good =
      line.size() > prefix.size() && line.size() <= 253 && line[prefix.size()] != ' ' &&
      std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }) &&
      line.substr(prefix.size(), line.find(' ') - prefix.size()).find('-') == std::string::npos;
  if (!good)
    refuse_value(option, text,
                 "must be at most 245 printable characters, no '-' or space in the first word");
  return line;
}

std::optional<Millis> parse_duration(std::string_view text) {
  constexpr std::int64_t kYear = 366LL * 86400;
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  for (std::int64_t unit_before = kYear; !text.empty();) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || number < 0 || number > kYear) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const char letter = text.empty() ? 's' : text.front();
    if (!text.empty()) text.remove_prefix(1);
    const std::int64_t unit = letter == 'h' ? 3600 : letter == 'm' ? 60 : letter == 's' ? 1 : 0;
    if (unit == 0 || unit >= unit_before) return std::nullopt;
    unit_before = unit;
    total += number * unit;
    if (total > kYear) return std::nullopt;
  }
  return std::chrono::seconds{total};
}

const ssh::ClientProfile& parse_client(const std::string& option, const std::string& text) {
  if (const auto* client = ssh::find_client(text)) return *client;
  std::vector<std::string> ids;
  for (const auto& client : ssh::client_profiles()) ids.emplace_back(client.id);
  const auto near = closest(text, ids);
  refuse_value(option, text,
               near ? "must be a known client; did you mean " + *near + "?"
                    : fmt::format("must be one of {}", fmt::join(ids, ", ")));
}

}  // namespace fleetscan::commands
