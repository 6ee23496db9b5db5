#include "scanner/ssh/service_signatures.h"

#include <doctest/doctest.h>

#include <string>

using namespace fleetscan;
using namespace fleetscan::ssh;
using std::string_literals::operator""s;

TEST_CASE("recognize_service: first bytes of other protocols") {
  const struct {
    std::string head, service;
  } cases[] = {
      {"HTTP/1.1 400 Bad Request\r\n", "http"},
      {"<!doctype html>", "http"},
      {"\x15\x03\x01\x00\x02\x02\x28"s, "tls"},
      {"220 mail.example.net ESMTP Postfix\r\n", "smtp"},
      {"220 ProFTPD Server\r\n", "ftp"},
      {"+OK Dovecot ready.\r\n", "pop3"},
      {"* OK [CAPABILITY IMAP4rev1] ready\r\n", "imap"},
      {":irc.example.net NOTICE * :*** Looking up\r\n", "irc"},
      {"ERROR\r\n", "memcached"},
      {"-ERR unknown command 'SSH-2.0-x'\r\n", "redis"},
      {"@RSYNCD: 31.0\n", "rsync"},
      {"RFB 003.008\n", "vnc"},
      {"J\0\0\0\x0a"
       "8.0.36\0"s,
       "mysql"},
      {"\xff\xfd\x18\xff\xfd\x20", "telnet"},
      {"AMQP\0\0\x09\x01"s, "amqp"},
  };
  for (const auto& [head, service] : cases) {
    CAPTURE(head);
    REQUIRE(recognize_service(head));
    CHECK(*recognize_service(head) == service);
  }
}

TEST_CASE("recognize_service: three digits alone do not make a mail server") {
  CHECK_FALSE(recognize_service("421 192.0.2.7 is not welcome on db7\r\n"));
  CHECK_FALSE(recognize_service("220 access denied\r\n"));
  CHECK(recognize_service("220 mx.example.net ESMTP, relaying denied\r\n") == "smtp");
}

TEST_CASE("recognize_service: what it must not claim") {
  for (const auto& head : {""s, "S"s, "SSH-2.0-HTTP/1.1"s, "hello\r\n"s, "22"s, "HTT"s}) {
    CAPTURE(head);
    CHECK_FALSE(recognize_service(head));
  }
}
