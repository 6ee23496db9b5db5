#include "scanner/proxy/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include "base/address.h"
#include "base/ascii.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::proxy {
namespace {

struct Scheme {
  std::string_view name;
  Kind kind;
  bool resolves;
  std::uint16_t port;  ///< by default
};
constexpr Scheme kSchemes[] = {{"socks5://", Kind::socks5, false, 1080},
                               {"socks5h://", Kind::socks5, true, 1080},
                               {"http://", Kind::http, false, 8080},
                               {"ssh://", Kind::ssh, true, 0}};

constexpr std::string_view kForms =
    "must be socks5://HOST:PORT, socks5h://HOST:PORT, http://HOST:PORT or ssh://HOST";

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// Takes "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT" apart.
bool take_apart(std::string_view place, Proxy& proxy) {
  const bool bracketed = place.starts_with('[');
  const auto host_end = bracketed ? place.find(']') : std::min(place.find(':'), place.size());
  if (host_end == place.npos) return false;
  proxy.host = place.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  const auto rest = place.substr(host_end + (bracketed ? 1 : 0));
  const auto address = Address::parse(proxy.host);
  if (bracketed ? !address || address->is_v4() : !is_host_name(proxy.host)) return false;
  if (address) proxy.addresses = {*address};
  if (rest.empty()) return true;
  const auto port = rest.front() == ':' ? port_of(rest.substr(1)) : std::nullopt;
  proxy.port = port.value_or(0);
  return port.has_value();
}

bool is_user(std::string_view text) {
  constexpr std::size_t kMost = 255;
  return !text.empty() && text.size() <= kMost && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) ||
                  std::string_view("._-+@").find(c) != std::string_view::npos;
         });
}

/// Takes "USER@" off; ssh, too, ends a user's name at the last "@".
bool take_user(std::string_view& place, Proxy& proxy) {
  const auto at = place.rfind('@');
  if (at == place.npos) return true;
  proxy.user = place.substr(0, at);
  place.remove_prefix(at + 1);
  return is_user(proxy.user);
}

bool is_field(std::string_view text) { return !text.empty() && text.size() <= 255; }

}  // namespace

std::string Proxy::to_string() const {
  const auto* scheme = kind == Kind::ssh    ? "ssh"
                       : kind == Kind::http ? "http"
                       : resolves           ? "socks5h"
                                            : "socks5";
  if (port == 0)
    return fmt::format("{}://{}", scheme, host.find(':') == host.npos ? host : '[' + host + ']');
  return fmt::format("{}://{}", scheme, host_and_port(host, port));
}

std::variant<Proxy, std::string> parse_proxy(std::string_view url) {
  for (const auto& scheme : kSchemes) {
    if (!url.starts_with(scheme.name)) continue;
    auto place = url.substr(scheme.name.size());
    Proxy proxy{.kind = scheme.kind, .port = scheme.port, .resolves = scheme.resolves};
    if (scheme.kind == Kind::ssh && !take_user(place, proxy)) return std::string(kForms);
    if (place.find('@') != place.npos)
      return std::string(
          "user names and passwords do not belong there, where others see them: give "
          "--proxy-credentials FILE, or FLEETSCAN_PROXY_LOGIN in the environment");
    if (place.ends_with('/')) place.remove_suffix(1);
    if (take_apart(place, proxy) && !proxy.host.starts_with('-')) return proxy;
    return std::string(kForms);
  }
  return std::string(kForms);
}

std::variant<Credentials, std::string> parse_credentials(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const auto colon = text.find(':');
  const bool one_line = text.find_first_of(std::string_view{"\r\n\0", 3}) == text.npos;
  if (colon == text.npos || !one_line) return std::string("must be one line, USER:PASSWORD");
  const auto user = text.substr(0, colon), password = text.substr(colon + 1);
  if (!is_field(user) || !is_field(password))
    return std::string("user and password must have 1 to 255 bytes each");
  return Credentials{std::string(user), std::string(password)};
}

}  // namespace fleetscan::proxy
