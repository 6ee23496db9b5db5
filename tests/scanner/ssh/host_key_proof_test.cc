#include "scanner/ssh/host_key_proof.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/wire.h"
#include "tests/support/exchange_server.h"
#include "tests/support/hex.h"

using namespace fleetscan::ssh;
using fleetscan::test::from_hex, fleetscan::test::ServerKey;

namespace {

std::string strings(std::initializer_list<std::string_view> parts) {
  std::string bytes;
  for (const auto part : parts) append_string(bytes, part);
  return bytes;
}

std::string judged(std::string_view name, std::string_view blob, std::string_view message,
                   std::string_view signature) {
  switch (check_proof(*find_key_algorithm(name), blob, message, signature)) {
    case Proof::good: return "good";
    case Proof::wrong: return "wrong";
    case Proof::malformed: return "malformed";
  }
  return "";
}

}  // namespace

TEST_CASE("check_proof: RFC 8032 section 7.1, test 1") {
  const auto blob =
      strings({"ssh-ed25519",
               from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")});
  const auto signature = from_hex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b46bd25bf5f0595bbe24655141438e7a100b");
  CHECK(judged("ssh-ed25519", blob, "", strings({"ssh-ed25519", signature})) == "good");
  CHECK(judged("ssh-ed25519", blob, "x", strings({"ssh-ed25519", signature})) == "wrong");
}

TEST_CASE("check_proof: Ed25519 with S beyond the group's order, and keys of small order") {
  // The same signature with S + L: RFC 8032 section 5.1.7 refuses it.
  const auto blob =
      strings({"ssh-ed25519",
               from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")});
  const auto malleable = from_hex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901554c8c7872aa064e049dbb3013fbf2"
      "9380d25bf5f0595bbe24655141438e7a101b");
  CHECK(judged("ssh-ed25519", blob, "", strings({"ssh-ed25519", malleable})) == "wrong");
  const std::string identity = '\1' + std::string(31, '\0');
  CHECK(judged("ssh-ed25519", strings({"ssh-ed25519", identity}), "any",
               strings({"ssh-ed25519", identity + std::string(32, '\0')})) == "wrong");
}

TEST_CASE("check_proof: RFC 6979 section A.2.5, P-256 and SHA-256") {
  const auto point = from_hex(
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e956"
      "28bc64f2f1b20c2d7e9f5177a3c294d4462299");
  const auto blob = strings({"ecdsa-sha2-nistp256", "nistp256", point});
  std::string pair;
  append_mpint(pair, from_hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"));
  append_mpint(pair, from_hex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"));
  const auto name = "ecdsa-sha2-nistp256";
  CHECK(judged(name, blob, "sample", strings({name, pair})) == "good");
  CHECK(judged(name, blob, "simple", strings({name, pair})) == "wrong");
  CHECK(judged(name, strings({name, "nistp384", point}), "sample", strings({name, pair})) ==
        "malformed");
  auto off = point;
  off.back() ^= 1;
  CHECK(judged(name, strings({name, "nistp256", off}), "sample", strings({name, pair})) ==
        "malformed");
  // Leading zeros, a negative number, one that is missing.
  const auto padded = strings({std::string("\0\0", 2) + pair.substr(5, 32)}) + pair.substr(37);
  CHECK(judged(name, blob, "sample", strings({name, padded})) == "malformed");
  CHECK(judged(name, blob, "sample", strings({name, strings({std::string(32, '\xff'), "\1"})})) ==
        "malformed");
  CHECK(judged(name, blob, "sample", strings({name, strings({"\1"})})) == "malformed");
}

TEST_CASE("check_proof: RSA keys that can prove nothing") {
  const auto& algorithm = *find_key_algorithm("rsa-sha2-256");
  const ServerKey key(algorithm);
  const auto signature = key.sign("m");
  CHECK(judged("rsa-sha2-256", key.blob(), "m", signature) == "good");
  WireReader reader(key.blob());
  (void)reader.string();
  const auto e = reader.mpint().value(), n = reader.mpint().value();
  const auto with = [&](std::string_view exponent, std::string_view modulus) {
    std::string blob = strings({"ssh-rsa"});
    append_mpint(blob, exponent);
    append_mpint(blob, modulus);
    return judged("rsa-sha2-256", blob, "m", signature);
  };
  auto even = std::string{n};
  even.back() = static_cast<char>(even.back() & ~1);
  CHECK(with(e, n) == "good");
  CHECK(with("\3", n) == "wrong");
  CHECK(with("\1", n) == "malformed");
  CHECK(with("\2", n) == "malformed");
  CHECK(with("", n) == "malformed");
  CHECK(with(e, even) == "malformed");
  CHECK(with(e, "") == "malformed");
  CHECK(with(e, std::string(63, '\x7f')) == "malformed");
  CHECK(with(e, std::string(2049, '\x7f')) == "malformed");
}
