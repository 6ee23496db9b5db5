#include "reports/render/key_lists.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "base/base64.h"
#include "inventory/known_hosts.h"
#include "tests/support/recorded_key.h"

using namespace fleetscan;
using namespace fleetscan::render;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

summary::ProvedKey key(const std::string& algorithm) {
  return std::get<summary::ProvedKey>(summary::proved_key(test::recorded_key(algorithm)));
}

summary::HostKeys host(std::vector<summary::ProvedKey> keys, std::uint16_t port = 22) {
  return {.target = "web01",
          .names = {"web01.example.net"},
          .addresses = {"10.0.0.1"},
          .port = port,
          .keys = std::move(keys),
          .missing = {{"ssh-dss", "kex_closed"}}};
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    REQUIRE(end != text.npos);
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

/// As the reader of known_hosts sees what was written.
inventory::KeyVerdict verdict(const std::string& text, const std::string& name, std::uint16_t port,
                              const summary::ProvedKey& key) {
  inventory::KnownHosts known;
  InputErrors errors;
  known.add(text, "written", errors);
  CHECK(errors.empty());
  return known.check(name, "", port, key.type, key.sha256);
}

}  // namespace

TEST_CASE("known_hosts: names, addresses and ports, in clear and hashed") {
  const auto ed25519 = key("ssh-ed25519"), rsa = key("rsa-sha2-512");
  int salts = 0;
  const Salt salt = [&] { return std::string(inventory::kSaltBytes, static_cast<char>(++salts)); };
  for (const auto port : {std::uint16_t{22}, std::uint16_t{2222}}) {
    const std::vector hosts{host({ed25519, rsa}, port)};
    const auto clear = known_hosts(hosts, {}, kNow);
    const std::string names =
        port == 22 ? "web01.example.net,10.0.0.1" : "[web01.example.net]:2222,[10.0.0.1]:2222";
    CHECK(lines(clear) == std::vector{names + " ssh-ed25519 " + encode_base64(ed25519.blob),
                                      names + " ssh-rsa " + encode_base64(rsa.blob)});
    const auto hashed = known_hosts(hosts, salt, kNow);
    CHECK(lines(hashed).size() == 4);
    CHECK(hashed.find("web01") == hashed.npos);
    for (const auto& text : {clear, hashed})
      for (const auto& one : {ed25519, rsa}) {
        CHECK(verdict(text, "web01.example.net", port, one) == inventory::KeyVerdict::match);
        CHECK(verdict(text, "10.0.0.1", port, one) == inventory::KeyVerdict::match);
        CHECK(verdict(text, "10.0.0.2", port, one) == inventory::KeyVerdict::unknown);
      }
  }
  CHECK(salts == 8);  // a new one each time
}

TEST_CASE("known_hosts: an authority for the names that its certificate is good for") {
  auto certified = key("ssh-ed25519-cert-v01@openssh.com");
  const auto said = lines(known_hosts({host({certified}, 2222)}, {}, kNow));
  REQUIRE(said.size() == 2);
  CHECK(said[1] == "@cert-authority [web01.example.net]:2222 ssh-ed25519 " +
                       encode_base64(certified.certificate->authority));
  certified.certificate->valid_before = kNow;
  CHECK(lines(known_hosts({host({certified})}, {}, kNow)).size() == 1);
  CHECK(lines(known_hosts({host({certified})}, {}, kNow - 1)).size() == 2);
  certified.certificate->principals = {"other"};
  CHECK(lines(known_hosts({host({certified})}, {}, kNow - 1)).size() == 1);
}

TEST_CASE("sshfp_records: numbers, digests, and no line twice") {
  const auto ed25519 = key("ssh-ed25519"), ecdsa = key("ecdsa-sha2-nistp384"),
             rsa = key("rsa-sha2-512"), token = key("sk-ssh-ed25519@openssh.com");
  const auto short_name = [&] {
    auto other = host({rsa});
    other.names = {"db"};
    return other;
  }();
  const auto said = lines(
      sshfp_records({host({ed25519, ecdsa, token}), host({ed25519}, 2222), short_name}, false));
  REQUIRE(said.size() == 3);
  CHECK(said[0].starts_with("web01.example.net. IN SSHFP 4 2 "));
  CHECK(said[1].starts_with("web01.example.net. IN SSHFP 3 2 "));
  CHECK(said[2].starts_with("db IN SSHFP 1 2 "));
  CHECK(said[0].size() == std::string("web01.example.net. IN SSHFP 4 2 ").size() + 64);
  const auto both = lines(sshfp_records({host({ed25519})}, true));
  REQUIRE(both.size() == 2);
  CHECK(both[0].starts_with("web01.example.net. IN SSHFP 4 1 "));
  CHECK(both[0].size() == std::string("web01.example.net. IN SSHFP 4 1 ").size() + 40);
}

TEST_CASE("ansible_task: an item for each name and key") {
  const auto ed25519 = key("ssh-ed25519");
  const auto task = ansible_task({host({ed25519}, 2222)}, true);
  CHECK(task.find("hash_host: true\n") != task.npos);
  CHECK(task.find("    - {name: \"[web01.example.net]:2222\", key: \"[web01.example.net]:2222 "
                  "ssh-ed25519 " +
                  encode_base64(ed25519.blob) + "\"}\n") != task.npos);
  CHECK(task.find("    - {name: \"[10.0.0.1]:2222\"") != task.npos);
  CHECK(ansible_task({}, false).ends_with("  loop: []\n"));
}

TEST_CASE("keys_json: keys, certificates and what is missing") {
  const auto certified = key("ecdsa-sha2-nistp256-cert-v01@openssh.com");
  const auto document = nlohmann::json::parse(keys_json({host({certified})}));
  CHECK(document.at("schema") == "fleetscan.keys/1");
  const auto& said = document.at("hosts").at(0);
  CHECK(said.at("names") == nlohmann::json{"web01.example.net"});
  CHECK(said.at("keys").at(0).at("bits") == 256);
  CHECK(said.at("keys").at(0).at("blob") == encode_base64(certified.blob));
  CHECK(said.at("keys").at(0).at("certificate").at("principals").at(0) == "web01.example.net");
  CHECK(said.at("missing") ==
        nlohmann::json::array({{{"type", "ssh-dss"}, {"why", "kex_closed"}}}));
}
