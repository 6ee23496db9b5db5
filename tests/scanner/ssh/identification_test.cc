#include "scanner/ssh/identification.h"

#include <doctest/doctest.h>

#include <string>

using namespace fleetscan;
using namespace fleetscan::ssh;
using std::string_literals::operator""s;

TEST_CASE("parse_identification: lines from the wild") {
  const struct {
    std::string line, protocol, software, comments;
  } cases[] = {
      {"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "2.0", "OpenSSH_9.2p1", "Debian-2+deb12u3"},
      {"SSH-2.0-dropbear_2022.83", "2.0", "dropbear_2022.83", ""},
      {"SSH-1.99-Cisco-1.25", "1.99", "Cisco-1.25", ""},
      {"SSH-2.0- x", "2.0", "", "x"},
      {"SSH-2.9-x", "2.9", "x", ""},
      {"SSH-2.0-\x1b[31mred", "2.0", "\x1b[31mred", ""},
      {"SSH-2.0--", "2.0", "-", ""},
      {"SSH-1.5-OpenSSH_3.0", "1.5", "OpenSSH_3.0", ""},
      {"SSH-2.0-Zyxel SSH server  two  blanks", "2.0", "Zyxel", "SSH server  two  blanks"},
      {"SSH-2.0-\xff\xfe", "2.0", "\xff\xfe", ""},
  };
  for (const auto& [line, protocol, software, comments] : cases) {
    CAPTURE(line);
    const auto ident = parse_identification(line);
    REQUIRE(ident);
    CHECK(ident->protocol == protocol);
    CHECK(ident->software == software);
    CHECK(ident->comments == comments);
  }
}

TEST_CASE("parse_identification: what is none") {
  for (const auto& line : {""s, "SSH"s, "SSH-"s, "SSH-2.0"s, "SSH--x"s, "SSH-x-y"s, "ssh-2.0-x"s,
                           " SSH-2.0-x"s, "SSH-2.0-a\0b"s, "SSH-2.0-a\rb"s, "SSH-2.0-"s, "SSH-2-x"s,
                           "SSH-2.0.1-x"s, "SSH-99999999999.0-x"s, "HTTP/1.1 200 OK"s}) {
    CAPTURE(line);
    CHECK_FALSE(parse_identification(line));
  }
}

TEST_CASE("Identification: which protocols a server speaks") {
  CHECK(parse_identification("SSH-2.0-x")->speaks_ssh2());
  CHECK(parse_identification("SSH-2.1-x")->speaks_ssh2());
  CHECK(parse_identification("SSH-1.99-x")->speaks_ssh2());
  CHECK(parse_identification("SSH-1.5-x")->speaks_only_ssh1());
  CHECK_FALSE(parse_identification("SSH-1.99-x")->speaks_only_ssh1());
  CHECK_FALSE(parse_identification("SSH-3.0-x")->speaks_ssh2());
  CHECK_FALSE(parse_identification("SSH-3.0-x")->speaks_only_ssh1());
}
