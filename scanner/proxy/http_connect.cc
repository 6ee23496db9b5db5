#include "scanner/proxy/http_connect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/address.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "scanner/proxy/answer.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::proxy {
namespace {

constexpr std::string_view kProtocol = "HTTP/1.";

/// "HTTP/1.1 200 Connection established": 200; nothing for what is no status line.
std::optional<unsigned> status_of(std::string_view line) {
  constexpr std::size_t kAt = 9, kEnd = 12;  // behind "HTTP/1.x "
  if (line.size() < kEnd || !line.starts_with(kProtocol) || line[kAt - 1] != ' ')
    return std::nullopt;
  if (line.size() > kEnd && line[kEnd] != ' ') return std::nullopt;
  unsigned status = 0;
  const auto* end = line.data() + kEnd;
  const auto [stopped, fault] = std::from_chars(line.data() + kAt, end, status);
  if (fault != std::errc{} || stopped != end || status < 100) return std::nullopt;
  return status;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equal_words(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](char c) { return lower(c); }, [](char c) { return lower(c); });
}

/// RFC 9209 section 2.3: the parameter `error` of the list's last member, which speaks of the proxy
/// nearest to us.
std::optional<Answer> of_proxy_status(std::string_view value) {
  constexpr std::array<std::pair<std::string_view, Answer>, 12> kErrors{
      {{"connection_refused", Answer::refused},
       {"connection_timeout", Answer::timed_out},
       {"destination_ip_unroutable", Answer::network_unreachable},
       {"destination_not_found", Answer::unresolved},
       {"dns_error", Answer::unresolved},
       {"dns_timeout", Answer::failed},
       {"destination_ip_prohibited", Answer::forbidden},
       {"http_request_denied", Answer::forbidden},
       {"destination_unavailable", Answer::failed},
       {"connection_limit_reached", Answer::failed},
       {"proxy_configuration_error", Answer::failed},
       {"proxy_internal_error", Answer::failed}}};
  constexpr std::string_view kError = "error=";
  const auto at = value.rfind(kError);
  if (at == value.npos) return std::nullopt;
  auto word = value.substr(at + kError.size());
  word = word.substr(0, word.find_first_of(" \t;,"));
  const auto* found = std::ranges::find(kErrors, word, [](const auto& e) { return e.first; });
  if (found == kErrors.end()) return std::nullopt;
  return found->second;
}

/// "ERR_CONNECT_FAIL 111": the page that Squid shows, and the errno of its system.
std::optional<Answer> of_squid_error(std::string_view value) {
  const auto gap = std::min(value.find(' '), value.size());
  const auto page = value.substr(0, gap);
  if (page == "ERR_DNS_FAIL") return Answer::unresolved;
  if (page == "ERR_ACCESS_DENIED") return Answer::forbidden;
  if (page == "ERR_CACHE_ACCESS_DENIED") return std::nullopt;  // status 407 says it
  if (page != "ERR_CONNECT_FAIL") return std::nullopt;
  const auto number = trimmed(value.substr(gap));
  int error = 0;
  std::from_chars(number.data(), number.data() + number.size(), error);
  switch (error) {
    case ECONNREFUSED: return Answer::refused;
    case ETIMEDOUT: return Answer::timed_out;
    case EHOSTUNREACH: return Answer::host_unreachable;
    case ENETUNREACH: return Answer::network_unreachable;
    default: return std::nullopt;
  }
}

std::string basic(const Credentials& credentials) {
  return encode_base64(credentials.user + ':' + credentials.password);
}

std::string request(const Destination& destination, const std::optional<Credentials>& credentials) {
  const auto host = host_and_port(
      destination.address ? destination.address->to_string() : destination.name, destination.port);
  const auto login =
      credentials ? fmt::format("Proxy-Authorization: Basic {}\r\n", basic(*credentials)) : "";
  return fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n{1}\r\n", host, login);
}

}  // namespace

HttpConnect::HttpConnect(const Destination& destination,
                         const std::optional<Credentials>& credentials)
    : logged_in_(credentials.has_value()) {
  talk_.output = request(destination, credentials);
  talk_.step = Step::asked;
  if (credentials) talk_.secrets = {basic(*credentials), credentials->password};
}

void HttpConnect::receive(std::string_view bytes) {
  received_ += bytes;
  const auto known = std::min(received_.size(), kProtocol.size());
  if (std::string_view{received_}.substr(0, known) != kProtocol.substr(0, known))
    return talk_.end(Answer::nonsense, received_);
  talk_.answer = Answer::nonsense;  // so far
  while (!talk_.is_over()) {
    const auto end = received_.find('\n', read_);
    if (std::min(end, received_.size()) > Negotiation::kMaxBytes)
      return talk_.end(Answer::nonsense, received_);
    if (end == received_.npos) return;
    auto line = std::string_view{received_}.substr(read_, end - read_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    read_line(line, end + 1);
    read_ = end + 1;
  }
}

// A status says enough, however little of the rest came.
void HttpConnect::end() {
  if (status_ < 300) return talk_.end(Answer::hung_up, words_);
  complete(received_.size());
}

/// @param next  where the next line begins
void HttpConnect::read_line(std::string_view line, std::size_t next) {
  if (status_ == 0) return read_status(line);
  if (!line.empty()) return read_field(line);
  // An interim answer; the real one follows (RFC 9110 section 15.2).
  if (status_ < 200)
    status_ = 0;
  else
    complete(next);
}

void HttpConnect::read_status(std::string_view line) {
  const auto status = status_of(line);
  if (!status) return talk_.end(Answer::nonsense, line);
  status_ = *status;
  words_ = line.substr(0, Negotiation::kMaxWords);
}

void HttpConnect::read_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return;
  const auto name = line.substr(0, colon);
  const auto value = trimmed(line.substr(colon + 1));
  std::optional<Answer> said;
  if (equal_words(name, "proxy-status")) said = of_proxy_status(value);
  if (equal_words(name, "x-squid-error")) said = of_squid_error(value);
  if (said) reason_ = said;
}

void HttpConnect::complete(std::size_t next) {
  if (status_ / 100 == 2) return talk_.grant(std::string_view{received_}.substr(next));
  if (status_ == 407)
    return talk_.end(logged_in_ ? Answer::login_failed : Answer::wants_login, words_);
  if (reason_) return talk_.end(*reason_, words_);
  switch (status_) {
    case 403:
    case 451: return talk_.end(Answer::forbidden, words_);
    case 400:
    case 405:
    case 501: return talk_.end(Answer::unsupported, words_);
    case 504: return talk_.end(Answer::timed_out, words_);
    default: return talk_.end(Answer::failed, words_);
  }
}

}  // namespace fleetscan::proxy
