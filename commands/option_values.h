#pragma once
// Parses the values of options. An invalid value throws CLI::ValidationError, whose text names the
// option, quotes the value and says what it must be.

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "scanner/net/resolver_settings.h"
#include "scanner/proxy/proxy.h"
#include "scanner/ssh/client_profiles.h"

namespace fleetscan::commands {

/// @param option  its long name, "--rate"
/// @param remedy  "must be ..."
[[noreturn]] void refuse_value(const std::string& option, const std::string& text,
                               const std::string& remedy);

/// @param or_else  what else it may be, with "or" behind it: "auto or "
template <typename Number>
[[nodiscard]] Number parse_number(const std::string& option, const std::string& text, Number least,
                                  Number most, const std::string& or_else = "") {
  Number read{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (fault != std::errc{} || end != text.data() + text.size() || read < least || read > most)
    refuse_value(option, text,
                 fmt::format("must be {}a number from {} to {}", or_else, least, most));
  return read;
}

/// Reads "2" or "0.5": seconds, up to a day.
[[nodiscard]] std::chrono::milliseconds parse_seconds(const std::string& option,
                                                      const std::string& text,
                                                      std::chrono::milliseconds least);
[[nodiscard]] std::string seconds_text(std::chrono::milliseconds value);

/// Reads "90", "90s", "15m", "2h" or "1h30m"; nothing if it is none or longer than a year.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Reads "192.0.2.1", "192.0.2.1:5353" or "[2001:db8::1]:5353".
[[nodiscard]] net::DnsServer parse_server(const std::string& option, const std::string& text);

/// Reads what parse_proxy() takes.
[[nodiscard]] proxy::Proxy parse_proxy_url(const std::string& option, const std::string& text);

/// Reads the id of a client profile.
[[nodiscard]] const ssh::ClientProfile& parse_client(const std::string& option,
                                                     const std::string& text);

/// Reads the software version of an identification, or a whole one (RFC 4253 section 4.2).
/// @return the whole one, without its line end
[[nodiscard]] std::string parse_ident(const std::string& option, const std::string& text);

}  // namespace fleetscan::commands
