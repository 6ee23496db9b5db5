#include "scanner/ssh/kexinit.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/kexinit_payload.h"

using namespace fleetscan;
using namespace fleetscan::ssh;

TEST_CASE("parse_kexinit: all lists, in order") {
  const auto kexinit = test::kexinit({.kex = "a,b", .host_key = "c", .cipher = "", .mac = "d,e,f"});
  CHECK(kexinit[Slot::kex] == NameList{"a", "b"});
  CHECK(kexinit[Slot::host_key] == NameList{"c"});
  CHECK(kexinit[Slot::cipher_c2s].empty());
  CHECK(kexinit[Slot::mac_s2c] == NameList{"d", "e", "f"});
  CHECK(kexinit[Slot::compression_s2c] == NameList{"none", "zlib@openssh.com"});
  CHECK_FALSE(kexinit.first_kex_packet_follows);
}

TEST_CASE("parse_kexinit: every shortened message is refused") {
  const auto payload = test::kexinit_payload();
  for (std::size_t size = 0; size < payload.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_kexinit(std::string_view{payload}.substr(0, size)));
  }
  CHECK(parse_kexinit(payload));
  CHECK_FALSE(parse_kexinit(payload + 'z'));
}

TEST_CASE("make_kexinit: what is written is read back") {
  const auto offer = test::kexinit({.kex = "a,b", .cipher = ""});
  CHECK(parse_kexinit(make_kexinit(offer)) == offer);
}

TEST_CASE("parse_kexinit: lists are read as OpenSSH's client reads them") {
  const struct {
    std::string list;
    NameList names;
  } cases[] = {
      {"", {}},
      {"a,b,", {"a", "b"}},
      {"a,,b", {"a"}},
      {",a", {}},
      {std::string("a\0", 2), {"a"}},
      {"a ,b c", {"a ", "b c"}},
      {"a,\x1b[31m,b", {"a", "b"}},
      {"a,\xff,b", {"a", "b"}},
      {std::string(255, 'a'), {std::string(255, 'a')}},
      {std::string(256, 'a') + ",b", {"b"}},
  };
  for (const auto& [list, names] : cases) {
    CAPTURE(list);
    CHECK(test::kexinit({.kex = list})[Slot::kex] == names);
  }
}

TEST_CASE("parse_kexinit: a list with NUL is refused") {
  CHECK_FALSE(parse_kexinit(test::kexinit_payload({.kex = std::string("a\0b", 3)})));
}

TEST_CASE("parse_kexinit: as many names as a packet holds") {
  std::string list = "a";
  for (int i = 1; i < 10000; ++i) list += ",b";
  CHECK(test::kexinit({.kex = list})[Slot::kex].size() == 10000);
}

TEST_CASE("Kexinit: strict key exchange") {
  CHECK_FALSE(test::kexinit().strict_kex());
  CHECK(test::kexinit({.kex = "curve25519-sha256,kex-strict-s-v00@openssh.com"}).strict_kex());
}

TEST_CASE("Slot: names read back") {
  for (std::size_t i = 0; i < kAllSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    CHECK(parse_slot(to_string(slot)) == slot);
  }
  CHECK_FALSE(parse_slot("nonsense"));
}
