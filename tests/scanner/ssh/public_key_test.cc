#include "scanner/ssh/public_key.h"

#include <doctest/doctest.h>

#include <string>

#include "scanner/ssh/wire.h"
#include "tests/support/exchange_server.h"

using namespace fleetscan::ssh;
using fleetscan::test::ServerKey;

namespace {

struct Expected {
  std::string algorithm, type;
  unsigned bits;
};

}  // namespace

TEST_CASE("parse_public_key: type and size") {
  const Expected cases[] = {
      {"ssh-ed25519", "ssh-ed25519", 256},
      {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", 256},
      {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", 521},
      {"rsa-sha2-512", "ssh-rsa", 2048},
      {"rsa-sha2-512-cert-v01@openssh.com", "ssh-rsa", 2048},
      {"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", 256},
      {"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", 256},
      {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", 256},
  };
  for (const auto& row : cases) {
    CAPTURE(row.algorithm);
    const ServerKey made(*find_key_algorithm(row.algorithm));
    const auto key = parse_public_key(made.blob());
    REQUIRE(key);
    CHECK(key->type == row.type);
    CHECK(key->bits == row.bits);
    CHECK(key->bare_blob() == made.bare_blob());
  }
}

TEST_CASE("parse_public_key: every shortened blob is refused, and every longer one") {
  for (const auto& algorithm : key_algorithms()) {
    if (algorithm.engine != Engine::own) continue;
    CAPTURE(std::string{algorithm.name});
    const ServerKey made(algorithm);
    for (std::size_t size = 0; size < made.blob().size(); ++size)
      CHECK_FALSE(parse_public_key(std::string_view{made.blob()}.substr(0, size)));
    const auto longer = made.blob() + 'x';
    CHECK_FALSE(parse_public_key(longer));
  }
}

TEST_CASE("parse_public_key: what a certificate says") {
  const ServerKey made(*find_key_algorithm("ssh-ed25519-cert-v01@openssh.com"));
  const auto key = parse_public_key(made.blob());
  REQUIRE(key);
  REQUIRE(key->certificate);
  const auto& said = *key->certificate;
  CHECK(said.serial == 5);
  CHECK(said.kind == 2);
  CHECK(said.key_id == "web01");
  CHECK(said.principals == std::vector<std::string_view>{"web01.example.net"});
  CHECK(said.valid_after == 0);
  CHECK(said.valid_before == ~std::uint64_t{0});
  CHECK(parse_public_key(said.authority).value().type == "ssh-ed25519");
}

TEST_CASE("parse_public_key: types that are not known here are only named") {
  std::string blob;
  append_string(blob, "ssh-mldsa44");
  CHECK_FALSE(parse_public_key(blob));
  append_string(blob, "key");
  CHECK(parse_public_key(blob).value().type == "ssh-mldsa44");
  CHECK(parse_public_key(blob).value().form == KeyForm::other);
  CHECK(parse_public_key(blob).value().bare_blob() == blob);
}
