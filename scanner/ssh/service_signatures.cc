#include "scanner/ssh/service_signatures.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string_view>

namespace fleetscan::ssh {
namespace {

using namespace std::string_view_literals;

/// `marker` stands at `offset`; where `also` is given it follows somewhere behind.
struct Signature {
  std::string_view service;
  std::size_t offset;
  std::string_view marker;
  std::string_view also = {};
};

// The first that fits wins, so narrow ones come first.
// clang-format off
constexpr std::array kSignatures{
  Signature{"http", 0, "HTTP/"},
  Signature{"http", 0, "<!DOCTYPE HTML"},
  Signature{"http", 0, "<HTML"},
  Signature{"tls", 0, "\x15\x03"sv},
  Signature{"tls", 0, "\x16\x03"sv},
  Signature{"smtp", 0, "220", "SMTP"},
  Signature{"smtp", 0, "220", "MAIL"},
  Signature{"smtp", 0, "554", "SMTP"},
  Signature{"ftp", 0, "220 "},
  Signature{"ftp", 0, "220-"},
  Signature{"ftp", 0, "421 "},
  Signature{"nntp", 0, "200 "},
  Signature{"nntp", 0, "201 "},
  Signature{"pop3", 0, "+OK"},
  Signature{"imap", 0, "* OK"},
  Signature{"imap", 0, "* BYE"},
  Signature{"irc", 0, ":", "NOTICE"},
  Signature{"irc", 0, "NOTICE AUTH"},
  Signature{"irc", 0, "ERROR :"},
  Signature{"memcached", 0, "ERROR\r\n"},
  Signature{"redis", 0, "-ERR"},
  Signature{"redis", 0, "-DENIED"},
  Signature{"rsync", 0, "@RSYNCD:"},
  Signature{"vnc", 0, "RFB 00"},
  Signature{"amqp", 0, "AMQP"},
  Signature{"mysql", 3, "\x00\x0a"sv},          // packet 0, protocol version 10
  Signature{"mysql", 3, "\x00\xff"sv},          // packet 0, error: too many connections, host blocked
  Signature{"telnet", 0, "\xff\xfb"sv},         // IAC WILL
  Signature{"telnet", 0, "\xff\xfd"sv},         // IAC DO
  Signature{"rdp", 0, "\x03\x00"sv},            // TPKT version 3
  Signature{"socks", 0, "\x05\xff"sv},
  Signature{"sip", 0, "SIP/2.0"},
  Signature{"rtsp", 0, "RTSP/"},
  Signature{"postgresql", 0, "E\x00\x00\x00"sv},
};
// clang-format on

char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

bool same_letters(char a, char b) { return upper(a) == upper(b); }

bool fits(const Signature& signature, std::string_view head) {
  if (head.size() < signature.offset + signature.marker.size()) return false;
  const auto place = head.substr(signature.offset, signature.marker.size());
  if (!std::ranges::equal(place, signature.marker, same_letters)) return false;
  const auto& also = signature.also;
  return also.empty() || std::search(head.begin(), head.end(), also.begin(), also.end(),
                                     same_letters) != head.end();
}

/// Words about who may connect: any program may begin them with three digits.
bool turns_away(std::string_view head) {
  constexpr std::array kWords{"not welcome"sv, "denied"sv,    "not allowed"sv, "not permitted"sv,
                              "refused"sv,     "forbidden"sv, "banned"sv,      "blocked"sv,
                              "blacklist"sv,   "unauthori"sv};
  return std::ranges::any_of(kWords, [&](std::string_view word) {
    return std::search(head.begin(), head.end(), word.begin(), word.end(), same_letters) !=
           head.end();
  });
}

/// The signature is a reply code and nothing else.
bool is_only_digits(const Signature& signature) {
  return signature.also.empty() && signature.marker.size() == 4 &&
         std::ranges::all_of(signature.marker.substr(0, 3),
                             [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::string_view> recognize_service(std::string_view head) {
  if (head.starts_with("SSH-")) return std::nullopt;
  const auto found = std::ranges::find_if(
      kSignatures, [&](const Signature& signature) { return fits(signature, head); });
  if (found == kSignatures.end() || (is_only_digits(*found) && turns_away(head)))
    return std::nullopt;
  return found->service;
}

}  // namespace fleetscan::ssh
