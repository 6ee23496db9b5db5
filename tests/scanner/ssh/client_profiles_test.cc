#include "scanner/ssh/client_profiles.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/support/kexinit_payload.h"

using namespace fleetscan;
using namespace fleetscan::ssh;
using test::Offer;

namespace {

std::string text(Agreement agreement) {
  switch (agreement) {
    case Agreement::current: return "current";
    case Agreement::legacy: return "legacy";
    case Agreement::newer: return "newer";
    case Agreement::nobody: return "nobody";
  }
  return "";
}

std::string text(const std::optional<Slot>& slot) {
  return slot ? std::string{to_string(*slot)} : "";
}

}  // namespace

TEST_CASE("compare_with_clients: who can agree with a server") {
  const struct {
    std::string name;
    Offer offer;
    std::string agreement, slot;
  } cases[] = {
      {"recent OpenSSH", {}, "current", ""},
      {"post-quantum only", {.kex = "sntrup761x25519-sha512@openssh.com"}, "current", ""},
      {"RSA with SHA-2 only", {.host_key = "rsa-sha2-512"}, "current", ""},
      {"RSA with SHA-1 only", {.host_key = "ssh-rsa"}, "legacy", "host_key"},
      {"OpenSSH 5.3",
       {.kex = "diffie-hellman-group14-sha1",
        .host_key = "ssh-rsa,ssh-dss",
        .cipher = "aes128-ctr",
        .mac = "hmac-md5,hmac-sha1"},
       "legacy",
       "kex"},
      {"CBC ciphers only", {.cipher = "aes128-cbc,3des-cbc"}, "legacy", "cipher_c2s"},
      {"an old cipher beside keys that its clients did not know",
       {.host_key = "rsa-sha2-512", .cipher = "3des-cbc"},
       "legacy",
       "cipher_c2s"},
      {"a cipher that authenticates by itself needs no MAC",
       {.cipher = "chacha20-poly1305@openssh.com", .mac = "none-such"},
       "current",
       ""},
      {"another needs one", {.cipher = "aes128-ctr", .mac = "hmac-odd"}, "nobody", "mac_c2s"},
      {"unknown key exchange", {.kex = "kexguess2@matt.ucc.asn.au"}, "nobody", "kex"},
      {"registered, and in no client of OpenSSH", {.kex = "curve448-sha512"}, "nobody", "kex"},
      {"a post-quantum host key", {.host_key = "ssh-mldsa44-ed25519"}, "current", ""},
      {"a method that OpenSSH 10.6 knows and does not offer",
       {.kex = "mlkem768nistp256-sha256"},
       "nobody",
       "kex"},
      {"a name that nobody here knows", {.host_key = "ssh-mldsa87-ed448"}, "newer", "host_key"},
      {"what cannot be a name", {.kex = "curve25519-sha256 ecdh-sha2-nistp256"}, "nobody", "kex"},
      {"what is too long for one", {.kex = std::string(65, 'k')}, "nobody", "kex"},
      {"what is just short enough", {.kex = std::string(64, 'k')}, "newer", "kex"},
      {"an experiment of OpenSSH",
       {.host_key = "ssh-mldsa44-ed25519@openssh.com"},
       "newer",
       "host_key"},
      {"unknown in one slot, too old in another",
       {.kex = "mlkem1024x448-sha512", .cipher = "3des-cbc"},
       "nobody",
       "kex"},
      {"nothing at all", {.kex = ""}, "nobody", "kex"},
      {"compression before authentication, which clients up to 9.6 offer",
       {.compression = "zlib"},
       "current",
       ""},
      {"no compression in common", {.compression = "zstd"}, "nobody", "compression_c2s"},
      {"flags are no algorithms",
       {.kex = "ext-info-c,kex-strict-c-v00@openssh.com"},
       "nobody",
       "kex"},
  };
  for (const auto& [name, offer, agreement, slot] : cases) {
    CAPTURE(name);
    const auto comparison = compare_with_clients(test::kexinit(offer));
    CHECK(text(comparison.agreement) == agreement);
    CHECK(text(comparison.slot) == slot);
  }
}

TEST_CASE("compare_with_clients: only clients of OpenSSH measure a server") {
  // Each of these is in some other client's row.
  const struct {
    std::string name;
    Offer offer;
  } cases[] = {
      {"PuTTY's", {.kex = "rsa2048-sha256"}},
      {"MINA's and PuTTY's", {.kex = "diffie-hellman-group17-sha512"}},
      {"AsyncSSH's", {.host_key = "ssh-ed448"}},
      {"PuTTY's ciphers", {.cipher = "3des-ctr"}},
  };
  for (const auto& [name, offer] : cases) {
    CAPTURE(name);
    const auto server = test::kexinit(offer);
    CHECK(std::ranges::any_of(client_profiles(), [&](const ClientProfile& client) {
      return client.standing == Standing::other && !missing_slot(client, server);
    }));
    CHECK(text(compare_with_clients(server).agreement) == "nobody");
  }
}

TEST_CASE("client_profiles: each client agrees with a server that has what it has") {
  for (const auto& client : client_profiles()) {
    CAPTURE(client.id);
    Kexinit server;
    server.lists = {client.kex,  client.host_keys, client.ciphers,     client.ciphers,
                    client.macs, client.macs,      client.compression, client.compression};
    CHECK(!missing_slot(client, server));
    const auto agreement = compare_with_clients(server).agreement;
    if (client.standing == Standing::current) CHECK(text(agreement) == "current");
    if (client.standing == Standing::legacy) CHECK(text(agreement) != "nobody");
  }
  CHECK(find_client("openssh-10.6") == client_profiles().data());
  CHECK(find_client("openssh-10") == nullptr);
}
