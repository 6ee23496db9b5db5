#include "reports/summary/proved_key.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "scanner/ssh/wire.h"
#include "tests/support/recorded_key.h"

using namespace fleetscan;
using namespace fleetscan::summary;

namespace {

std::string refusal(const probe::HostKey& recorded) {
  const auto proved = proved_key(recorded);
  const auto* why = std::get_if<std::string>(&proved);
  return why ? *why : "";
}

}  // namespace

TEST_CASE("proved_key: a key of each type, bare and certified") {
  for (const auto& algorithm : ssh::key_algorithms()) {
    if (algorithm.engine != ssh::Engine::own) continue;
    CAPTURE(std::string{algorithm.name});
    const auto recorded = test::recorded_key(algorithm.name);
    CHECK(refusal(recorded) == "");
    const auto key = std::get<ProvedKey>(proved_key(recorded));
    CHECK(key.type == recorded.type);
    CHECK(key.blob == recorded.blob);
    CHECK(key.bits > 0);
    REQUIRE(key.certificate.has_value() == (algorithm.name.find("-cert-") != std::string::npos));
    if (!key.certificate) continue;
    CHECK(key.certificate->authority_type == "ssh-ed25519");
    CHECK(key.certificate->is_good_for("web01.example.net", 1));
    CHECK_FALSE(key.certificate->is_good_for("web02.example.net", 1));
  }
}

TEST_CASE("proved_key: what a record only claims is refused") {
  const auto good = test::recorded_key("ssh-ed25519-cert-v01@openssh.com");
  const auto other = test::recorded_key("rsa-sha2-512");
  const auto changed = [&](auto change) {
    auto key = good;
    change(key);
    return refusal(key);
  };
  CHECK(changed([](auto&) {}) == "");
  CHECK(changed([](auto& k) { k.verified = false; }) == "it was not proved");
  CHECK(changed([](auto& k) { k.blob.clear(); }) == "its record has no blob");
  CHECK(changed([](auto& k) { k.blob.pop_back(); }) == "its blob is no ssh-ed25519 key");
  CHECK(changed([](auto& k) { k.blob += 'x'; }) == "its blob is no ssh-ed25519 key");
  CHECK(changed([&](auto& k) { k.blob = other.blob; }) == "its blob is no ssh-ed25519 key");
  CHECK(changed([](auto& k) { k.blob.back() ^= 1; }) == "its blob has another fingerprint");
  CHECK(changed([&](auto& k) { k.blob = k.certificate->blob; }) ==
        "its blob is no ssh-ed25519 key");
  CHECK(changed([&](auto& k) { k.certificate->blob = k.blob; }) ==
        "its certificate is none of this key");
  CHECK(changed([](auto& k) { k.certificate->blob.back() ^= 1; }) ==
        "its certificate is none of this key");
  CHECK(changed([](auto& k) { k.certificate->blob.resize(40); }) ==
        "its certificate is none of this key");
  CHECK(changed([](auto& k) { k.certificate->blob.clear(); }) == "");
}

TEST_CASE("proved_key: a type that is a line of its own is none") {
  probe::HostKey recorded{"evil\n* ssh-ed25519", "", true};
  ssh::append_string(recorded.blob, recorded.type);
  recorded.blob += "anything";
  recorded.sha256 = fingerprint(sha256(recorded.blob));
  CHECK(refusal(recorded) == "its type is none that can be proved");
  recorded.type = "rsa-sha2-512";
  CHECK(refusal(recorded) == "its type is none that can be proved");
}

TEST_CASE("ProvedCertificate: good within its time, for its names") {
  ProvedCertificate certificate{.blob = "",
                                .authority_type = "ssh-ed25519",
                                .authority = "",
                                .principals = {"Web01.example.net", "*.example.net"},
                                .valid_after = 100,
                                .valid_before = 200};
  CHECK_FALSE(certificate.is_good_for("web01.example.net", 99));
  CHECK(certificate.is_good_for("web01.example.net", 100));
  CHECK(certificate.is_good_for("web01.example.net", 199));
  CHECK_FALSE(certificate.is_good_for("web01.example.net", 200));
  CHECK_FALSE(certificate.is_good_for("web02.example.net", 150));
  certificate.sha1 = true;
  CHECK_FALSE(certificate.is_good_for("web01.example.net", 150));
}
