#include "reports/summary/forecast.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reports/summary/prospect.h"
#include "reports/summary/remedy.h"
#include "scanner/ssh/client_profiles.h"
#include "tests/support/host_result.h"
#include "tests/support/kexinit_payload.h"

namespace fleetscan::summary {
namespace {

using probe::Outcome;
using test::Offer;

const ssh::ClientProfile& client(const std::string& id) {
  const auto* found = ssh::find_client(id);
  REQUIRE_MESSAGE(found, id);
  return *found;
}

/// "connects", "warns: sha1 short_rsa" or "breaks: host_key".
std::string text(const Prospect& prospect) {
  if (prospect.breaks) return "breaks: " + std::string(to_string(*prospect.breaks));
  std::string doubts;
  for (const auto doubt : kDoubts)
    if (prospect.has(doubt)) doubts += " " + std::string(to_string(doubt));
  CHECK(prospect.warns() == !doubts.empty());
  return doubts.empty() ? "connects" : "warns:" + doubts;
}

probe::HostResult host(const std::string& name, const std::string& ident, const Offer& offer,
                       const std::string& address = "10.0.0.1", inventory::Labels labels = {}) {
  auto result = test::host_result(name, Outcome::ok, {"", ident, address, std::move(labels)});
  result.attempts[0].evidence.kexinit = std::make_shared<const ssh::Kexinit>(test::kexinit(offer));
  return result;
}

const Offer kModern{.kex = "mlkem768x25519-sha256,curve25519-sha256,kex-strict-s-v00@openssh.com",
                    .host_key = "ssh-ed25519"};
const Offer kOld{.kex = "diffie-hellman-group14-sha1",
                 .host_key = "ssh-rsa",
                 .cipher = "aes128-ctr",
                 .mac = "hmac-sha1"};

TEST_CASE("prospect_of: what becomes of a client at a server") {
  const struct {
    std::string says, client;
    Offer offer;
    unsigned rsa_bits = 0;
    bool small_group = false;
  } cases[] = {
      {"connects", "openssh-10.6", kModern},
      {"warns: no_post_quantum", "openssh-10.6", {}},
      {"warns: no_post_quantum", "openssh-9.2", kModern},
      {"breaks: kex", "openssh-10.6", kOld},
      {"breaks: host_key", "openssh-10.6", {.host_key = "ssh-rsa"}},
      {"warns: no_post_quantum sha1", "openssh-8.0", {.host_key = "ssh-rsa"}},
      {"warns: no_post_quantum sha1", "openssh-8.0", {.kex = "diffie-hellman-group14-sha1"}},
      {"breaks: kex", "rhel-9-fips", {.kex = "curve25519-sha256"}},
      {"breaks: host_key", "rhel-9-fips", {.kex = "ecdh-sha2-nistp256", .host_key = "ssh-ed25519"}},
      {"breaks: cipher_c2s",
       "rhel-9-fips",
       {.kex = "ecdh-sha2-nistp256", .cipher = "chacha20-poly1305@openssh.com"}},
      {"breaks: mac_c2s", "dropbear-2025", {.cipher = "aes128-ctr", .mac = "hmac-sha1"}},
      // The size counts where the key of RSA is the one that is used.
      {"breaks: host_key_bits", "rhel-9", {.host_key = "rsa-sha2-512"}, 2047},
      {"warns: no_post_quantum", "rhel-9", {.host_key = "rsa-sha2-512"}, 2048},
      {"breaks: host_key_bits", "rhel-9-future", {.host_key = "rsa-sha2-512"}, 3071},
      {"breaks: host_key_bits", "openssh-10.6", {.host_key = "rsa-sha2-512"}, 1023},
      {"warns: no_post_quantum short_rsa", "openssh-10.6", {.host_key = "rsa-sha2-512"}, 1024},
      {"warns: no_post_quantum", "openssh-10.6", {.host_key = "rsa-sha2-512,ssh-ed25519"}, 1023},
      // A small group counts for those who use it.
      {"breaks: group_bits",
       "openssh-10.6",
       {.kex = "diffie-hellman-group-exchange-sha256"},
       0,
       true},
      {"warns: no_post_quantum",
       "openssh-10.6",
       {.kex = "diffie-hellman-group-exchange-sha256,curve25519-sha256"},
       0,
       true},
      {"warns: no_post_quantum",
       "openssh-6.6",
       {.kex = "diffie-hellman-group-exchange-sha256", .host_key = "ssh-ed25519"},
       0,
       true},
  };
  for (const auto& row : cases) {
    CAPTURE(row.client);
    const auto offer = test::kexinit(row.offer);
    ServerFacts server{offer};
    if (row.rsa_bits > 0) server.rsa_bits = row.rsa_bits;
    server.small_group = row.small_group;
    CHECK(text(prospect_of(client(row.client), server)) == row.says);
  }
}

TEST_CASE("facts_of: the size of a key that is of RSA, a group found too small") {
  auto result = host("a", "SSH-2.0-x", {});
  auto& seen = result.attempts[0].evidence;
  seen.host_key = probe::HostKey{.type = "ssh-ed25519", .sha256 = "", .bits = 256};
  CHECK(!facts_of(seen).rsa_bits);
  seen.host_key->type = "ssh-rsa";
  CHECK(facts_of(seen).rsa_bits == 256);
  CHECK(!facts_of(seen).small_group);
  seen.slot = ssh::Slot::group_bits;
  CHECK(facts_of(seen).small_group);
}

TEST_CASE("remedies: the line for the server's version, the option for the client") {
  using ssh::Slot;
  const struct {
    Slot slot;
    std::string ident;
    Offer offer;
    std::string client, server, bridge;
  } cases[] = {
      {Slot::kex, "SSH-2.0-OpenSSH_9.2p1 Debian-2", kOld, "openssh-10.6",
       "KexAlgorithms +sntrup761x25519-sha512@openssh.com",
       "-o KexAlgorithms=+diffie-hellman-group14-sha1"},
      {Slot::kex, "SSH-2.0-OpenSSH_9.2p1", kOld, "rhel-9-fips", "KexAlgorithms +ecdh-sha2-nistp256",
       ""},
      {Slot::kex, "SSH-2.0-OpenSSH_6.6.1p1", kOld, "openssh-10.6",
       "KexAlgorithms curve25519-sha256@libssh.org,diffie-hellman-group14-sha1",
       "-o KexAlgorithms=+diffie-hellman-group14-sha1"},
      {Slot::kex, "SSH-2.0-OpenSSH_5.3", kOld, "openssh-10.6", "upgrade OpenSSH_5.3",
       "-o KexAlgorithms=+diffie-hellman-group14-sha1"},
      {Slot::kex, "SSH-2.0-dropbear_2012.55", kOld, "paramiko-4", "upgrade dropbear_2012.55", ""},
      {Slot::kex, "", kOld, "putty-0.83", "upgrade the server", ""},
      {Slot::host_key,
       "SSH-2.0-OpenSSH_7.4",
       {.host_key = "ssh-rsa"},
       "openssh-10.6",
       "HostKeyAlgorithms +rsa-sha2-512,rsa-sha2-256",
       "-o HostKeyAlgorithms=+ssh-rsa"},
      {Slot::host_key,
       "SSH-2.0-OpenSSH_7.4",
       {.host_key = "ssh-rsa"},
       "rhel-9",
       "HostKeyAlgorithms +rsa-sha2-512,rsa-sha2-256",
       "-o HostKeyAlgorithms=+ssh-rsa, after update-crypto-policies --set DEFAULT:SHA1"},
      {Slot::host_key,
       "SSH-2.0-OpenSSH_6.6.1",
       {.host_key = "ssh-rsa"},
       "openssh-10.6",
       "ssh-keygen -A, and a line HostKey for each key in sshd_config, or none",
       "-o HostKeyAlgorithms=+ssh-rsa"},
      {Slot::host_key,
       "SSH-2.0-OpenSSH_9.2p1",
       {.host_key = "ssh-ed25519"},
       "rhel-9-fips",
       "ssh-keygen -A, and a line HostKey for each key in sshd_config, or none",
       ""},
      {Slot::cipher_c2s,
       "SSH-2.0-OpenSSH_8.0",
       {.cipher = "aes128-cbc,3des-cbc"},
       "openssh-10.6",
       "Ciphers +chacha20-poly1305@openssh.com",
       "-o Ciphers=+aes128-cbc"},
      {Slot::mac_s2c,
       "SSH-2.0-OpenSSH_8.0",
       {.mac = "hmac-md5"},
       "rhel-9-fips",
       "MACs +hmac-sha2-256-etm@openssh.com",
       ""},
      {Slot::host_key_bits,
       "SSH-2.0-OpenSSH_8.0",
       {.host_key = "rsa-sha2-256"},
       "rhel-9",
       "rm /etc/ssh/ssh_host_rsa_key*; ssh-keygen -A, which makes one of today's size",
       "-o RequiredRSASize=1024"},
  };
  for (const auto& row : cases) {
    CAPTURE(row.ident);
    CAPTURE(row.client);
    const auto offer = test::kexinit(row.offer);
    CHECK(server_remedy(row.slot, row.ident, offer, client(row.client)) == row.server);
    CHECK(client_bridge(row.slot, offer, client(row.client)) == row.bridge);
  }
}

TEST_CASE("forecast: hosts by client, and groups of those that break") {
  Forecast forecast({&client("openssh-10.6"), &client("openssh-5.3")});
  forecast.add(host("new1", "SSH-2.0-OpenSSH_10.0", kModern));
  forecast.add(host("plain", "SSH-2.0-OpenSSH_9.2p1 Debian-2", {}));
  forecast.add(host("old1", "SSH-2.0-OpenSSH_5.3", kOld, "10.0.1.1", {{"site", "fra"}}));
  forecast.add(host("old2", "SSH-2.0-OpenSSH_5.3", kOld, "10.0.1.2", {{"site", "fra"}}));
  forecast.add(test::host_result("silent", Outcome::banner_silent));
  forecast.add(test::host_result("skipped", Outcome::not_probed));
  const auto report = std::move(forecast).finish();

  REQUIRE(report.clients.size() == 2);
  const auto& newest = report.clients[0];
  CHECK(newest.connects == 1);
  CHECK(newest.warns == 1);
  CHECK(newest.breaks == 2);
  CHECK(newest.broken_in[static_cast<std::size_t>(ssh::Slot::kex)] == 2);
  CHECK(newest.doubts[static_cast<std::size_t>(Doubt::no_post_quantum)] == 1);
  const auto& oldest = report.clients[1];
  CHECK(oldest.warns == 2);
  CHECK(oldest.breaks == 2);
  CHECK(report.untold == 2);

  // The old servers break one client, the new ones the other; new1 and plain are no one software.
  REQUIRE(report.groups.size() == 3);
  const auto& group = report.groups[0];
  CHECK(group.software == "OpenSSH_5.3");
  CHECK(group.targets == std::vector<std::string>{"old1:22", "old2:22"});
  CHECK(group.labels == std::map<std::string, std::uint64_t>{{"site=fra", 2}});
  CHECK(group.subnets == std::map<std::string, std::uint64_t>{{"10.0.1.0/24", 2}});
  REQUIRE(group.broken.size() == 2);  // each slot is to be repaired
  CHECK(group.broken[0].client->id == "openssh-10.6");
  CHECK(group.broken[0].slot == ssh::Slot::kex);
  CHECK(group.broken[0].server == "upgrade OpenSSH_5.3");
  CHECK(group.broken[1].client->id == "openssh-10.6");
  CHECK(group.broken[1].slot == ssh::Slot::host_key);
  CHECK(group.broken[1].bridge == "-o HostKeyAlgorithms=+ssh-rsa");
  CHECK(report.groups[1].targets == std::vector<std::string>{"new1:22"});
  CHECK(report.groups[1].broken[0].client->id == "openssh-5.3");
}

TEST_CASE("forecast: a census of post-quantum methods and of strict key exchange") {
  Forecast forecast({});
  forecast.add(host("a", "SSH-2.0-OpenSSH_10.0", kModern));
  forecast.add(host("b", "SSH-2.0-OpenSSH_9.2p1",
                    {.kex = "curve25519-sha256,sntrup761x25519-sha512@openssh.com"}));
  forecast.add(host("c", "SSH-2.0-OpenSSH_9.2p1", {}));
  const auto report = std::move(forecast).finish();
  CHECK(report.groups.empty());
  CHECK(report.census.hosts == 3);
  CHECK(report.census.preferred == 1);
  CHECK(report.census.offered == 2);
  CHECK(report.census.strict == 1);
  REQUIRE(report.by_software.size() == 2);
  CHECK(report.by_software.at("OpenSSH_9.2p1").offered == 1);
  CHECK(report.by_software.at("OpenSSH_9.2p1").preferred == 0);
}

}  // namespace
}  // namespace fleetscan::summary
