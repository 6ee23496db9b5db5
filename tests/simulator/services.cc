#include "tests/simulator/services.h"

#include <algorithm>

namespace fleetscan::simulator {
namespace {

using namespace std::literals;  // ""sv keeps NUL bytes

// clang-format off
constexpr Service kServices[] = {
    {"http", "", "HTTP/1.1 400 Bad Request\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\n"
                 "Content-Length: 0\r\nConnection: close\r\n\r\n", true},
    {"http_plain", "", "<!DOCTYPE HTML>\n<html><head><title>Error response</title></head></html>\n", true},
    {"tls", "", "\x15\x03\x03\x00\x02\x02\x46"sv, true},  // fatal alert protocol_version
    {"smtp", "220 mx1.example.net ESMTP Postfix\r\n", "500 5.5.2 Error: command not recognized\r\n", false},
    {"ftp", "220 (vsFTPd 3.0.3)\r\n", "530 Please login with USER and PASS.\r\n", false},
    {"pop3", "+OK Dovecot ready.\r\n", "-ERR Unknown command.\r\n", false},
    {"imap", "* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "* BAD Error in IMAP command\r\n", false},
    {"mysql", "\x4a\x00\x00\x00\x0a" "8.0.36\0\x0b\x00\x00\x00" "abcdefgh\0\xff\xff\xff\x02\x00\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0caching\0"sv, "", true},
    {"mysql_denied", "\x46\x00\x00\x00\xff\x6a\x04Host '10.0.0.9' is not allowed to connect to this MySQL server!!"sv, "", true},
    {"telnet", "\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27\r\nlogin: "sv, "\r\nPassword: ", false},
    {"redis", "", "-ERR unknown command 'SSH-2.0-'\r\n", false},
    {"memcached", "", "ERROR\r\n", false},
    {"postgresql", "", "", true},  // closes without a word
    {"amqp", "", "AMQP\0\0\x09\x01"sv, true},
    {"vnc", "RFB 003.008\n", "", true},
    {"rsync", "@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n", "@ERROR: protocol startup error\n", true},
    {"nntp", "200 news.example.net InterNetNews NNRP server ready\r\n", "500 What?\r\n", false},
    {"irc", ":irc.example.net NOTICE * :*** Looking up your hostname...\r\n", "", false},
};
// clang-format on

}  // namespace

std::span<const Service> services() { return kServices; }

const Service* find_service(std::string_view name) {
  const auto* found = std::ranges::find(kServices, name, &Service::name);
  return found == std::end(kServices) ? nullptr : found;
}

}  // namespace fleetscan::simulator
