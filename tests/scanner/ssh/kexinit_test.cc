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

TEST_CASE("parse_kexinit: names that are none are refused") {
  for (const std::string list : {"a,,b", ",a", "a,", "a b", "a\x1b", "\xc3\xa4"}) {
    CAPTURE(list);
    CHECK_FALSE(parse_kexinit(test::kexinit_payload({.kex = list})));
  }
  CHECK(parse_kexinit(test::kexinit_payload({.kex = std::string(255, 'a')})));
  CHECK_FALSE(parse_kexinit(test::kexinit_payload({.kex = std::string(256, 'a')})));
}

TEST_CASE("parse_kexinit: no more names than anybody offers") {
  const auto offer = [](int names) {
    std::string list = "a";
    for (int i = 1; i < names; ++i) list += ",b";
    return test::kexinit_payload({.kex = list, .mac = list});  // the latter in two lists
  };
  CHECK(parse_kexinit(offer(300)));
  CHECK_FALSE(parse_kexinit(offer(334)));
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
