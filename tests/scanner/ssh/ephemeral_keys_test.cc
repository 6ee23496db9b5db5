#include "scanner/ssh/ephemeral_keys.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/hex.h"

using namespace fleetscan::ssh;
using fleetscan::test::from_hex;

TEST_CASE("EphemeralKeys: the example of RFC 7748 section 6.1") {
  const EphemeralKeys bob(
      from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  const auto& method = *find_method("curve25519-sha256");
  CHECK(bob.share(method) ==
        from_hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
  const auto alice = from_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  // As a number: its length, then the bytes, the highest first as they are (RFC 8731 section 3.1).
  CHECK(bob.secret(method, alice) ==
        from_hex("000000204a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"));
}

TEST_CASE("EphemeralKeys: two sets agree, whichever method they use") {
  const EphemeralKeys ours, theirs;
  for (const auto& method : methods()) {
    if (!ours.know(method) || method.kem != Kem::none) continue;
    CAPTURE(std::string{method.name});
    const auto secret = ours.secret(method, theirs.share(method));
    REQUIRE(secret);
    CHECK(secret == theirs.secret(method, ours.share(method)));
    CHECK(ours.share(method) != theirs.share(method));
    CHECK(is_possible_share(method.curve, ours.share(method)));
  }
}

TEST_CASE("EphemeralKeys: they know no method of libssh2's") {
  const EphemeralKeys keys;
  CHECK_FALSE(keys.know(*find_method("diffie-hellman-group14-sha256")));
  CHECK(keys.know(*find_method("mlkem768x25519-sha256")) ==
        keys.know(*find_method("mlkem1024nistp384-sha384")));
}
