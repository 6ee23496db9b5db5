#include "scanner/ssh/client_log.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "scanner/ssh/client_profiles.h"

using namespace fleetscan::ssh;

namespace {

constexpr std::string_view kLog =
    "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.17 1 Jul 2025\r\n"
    "debug2: local client KEXINIT proposal\r\n"
    "debug2: KEX algorithms: curve25519-sha256,ext-info-c\r\n"
    "debug2: host key algorithms: ssh-ed25519,rsa-sha2-512\r\n"
    "debug2: ciphers ctos: aes128-ctr\r\n"
    "debug2: ciphers stoc: aes128-ctr\r\n"
    "debug2: MACs ctos: hmac-sha2-256\r\n"
    "debug2: MACs stoc: hmac-sha2-256\r\n"
    "debug2: compression ctos: none\r\n"
    "debug2: compression stoc: none\r\n"
    "debug2: peer server KEXINIT proposal\r\n"
    "debug2: KEX algorithms: diffie-hellman-group1-sha1\r\n";

}  // namespace

TEST_CASE("read_client_log: the client's own offer, and not the server's") {
  const auto client = read_client_log(kLog);
  REQUIRE(client);
  CHECK(client->kex == NameList{"curve25519-sha256", "ext-info-c"});
  CHECK(client->host_keys == NameList{"ssh-ed25519", "rsa-sha2-512"});
  CHECK(client->ciphers == NameList{"aes128-ctr"});
  CHECK(client->macs == NameList{"hmac-sha2-256"});
  CHECK(client->compression == NameList{"none"});
}

TEST_CASE("read_client_log: nothing unless all five lists are the client's") {
  for (const std::string_view line :
       {"local client KEXINIT proposal", "KEX algorithms: curve", "host key algorithms",
        "ciphers ctos", "MACs ctos", "compression ctos"}) {
    CAPTURE(line);
    std::string log(kLog);
    log.replace(log.find(line), line.size(), "?");
    CHECK(!read_client_log(log));
  }
  CHECK(!read_client_log(""));
}
