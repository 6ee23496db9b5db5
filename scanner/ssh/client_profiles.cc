#include "scanner/ssh/client_profiles.h"

#include <algorithm>
#include <array>

namespace fleetscan::ssh {
namespace {

// clang-format off
#define CURVE "curve25519-sha256,curve25519-sha256@libssh.org,"
#define NIST "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
#define DH_SHA2 "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"
#define ECDSA "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"
#define SECURITY_KEYS "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com"
#define MODERN_HOST_KEYS \
  "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com," \
  "ecdsa-sha2-nistp521-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com," \
  "ssh-ed25519," ECDSA "," SECURITY_KEYS ",rsa-sha2-512,rsa-sha2-256"
#define CTR "aes128-ctr,aes192-ctr,aes256-ctr"
#define GCM "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
#define CBC "aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc,blowfish-cbc,cast128-cbc,rijndael-cbc@lysator.liu.se"
#define ARCFOUR "arcfour256,arcfour128,arcfour"
#define MODERN_MACS \
  "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com," \
  "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1"
#define OLD_MACS "hmac-md5,hmac-sha1,umac-64@openssh.com,hmac-ripemd160,hmac-ripemd160@openssh.com,hmac-sha1-96,hmac-md5-96"
#define COMPRESSION "none,zlib@openssh.com"

/// One row of the table: name-lists as on the wire.
struct Row {
  std::string_view name;
  bool current;
  std::string_view kex, host_keys, ciphers, macs, compression;
};

constexpr std::array kRows{
  Row{"OpenSSH 10", true,
    "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com," CURVE NIST DH_SHA2,
    MODERN_HOST_KEYS, "chacha20-poly1305@openssh.com," GCM "," CTR, MODERN_MACS, COMPRESSION},
  Row{"OpenSSH 9.2", true,
    "sntrup761x25519-sha512@openssh.com," CURVE NIST DH_SHA2,
    MODERN_HOST_KEYS, "chacha20-poly1305@openssh.com," CTR "," GCM, MODERN_MACS, COMPRESSION},
  Row{"Red Hat 9 in FIPS mode", true,
    NIST DH_SHA2, ECDSA ",rsa-sha2-512,rsa-sha2-256", "aes256-gcm@openssh.com,aes256-ctr,aes128-gcm@openssh.com,aes128-ctr",
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512", COMPRESSION},
  Row{"OpenSSH 8.0", false,
    CURVE NIST DH_SHA2 ",diffie-hellman-group14-sha1",
    MODERN_HOST_KEYS ",ssh-rsa", "chacha20-poly1305@openssh.com," CTR "," GCM, MODERN_MACS, COMPRESSION},
  Row{"OpenSSH 7.4", false,
    CURVE NIST DH_SHA2 ",diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1",
    MODERN_HOST_KEYS ",ssh-rsa", "chacha20-poly1305@openssh.com," CTR "," GCM ",aes128-cbc,aes192-cbc,aes256-cbc",
    MODERN_MACS, COMPRESSION ",zlib"},
  Row{"OpenSSH 6.6", false,
    "curve25519-sha256@libssh.org," NIST "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,"
    "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    ECDSA ",ssh-ed25519,ssh-rsa,ssh-dss", CTR "," ARCFOUR "," GCM ",chacha20-poly1305@openssh.com," CBC,
    MODERN_MACS "," OLD_MACS, COMPRESSION ",zlib"},
  Row{"OpenSSH 5.3", false,
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    "ssh-rsa,ssh-dss", CTR "," ARCFOUR "," CBC, OLD_MACS, COMPRESSION ",zlib"},
};
// clang-format on

/// Not algorithms, but flags that share the list (RFC 8308 section 2.1; OpenSSH's PROTOCOL 1.10).
bool is_flag(std::string_view name) {
  return name.starts_with("ext-info-") || name.starts_with("kex-strict-");
}

/// What both sides would take: the first of the client's names that the server has, or "".
std::string_view agreed(const NameList& client, const NameList& server) {
  for (const auto& name : client)
    if (!is_flag(name) && std::ranges::find(server, name) != server.end()) return name;
  return {};
}

bool authenticates_by_itself(std::string_view cipher) {
  return cipher.starts_with("chacha20-poly1305") || cipher.find("-gcm@") != std::string_view::npos;
}

}  // namespace

std::span<const ClientProfile> client_profiles() {
  static const auto profiles = [] {
    std::vector<ClientProfile> made;
    for (const auto& row : kRows)
      made.push_back({row.name, row.current, split_name_list(row.kex),
                      split_name_list(row.host_keys), split_name_list(row.ciphers),
                      split_name_list(row.macs), split_name_list(row.compression)});
    return made;
  }();
  return profiles;
}

std::optional<Slot> missing_slot(const ClientProfile& client, const Kexinit& server) {
  const std::array<const NameList*, kSlots> offers{
      &client.kex,  &client.host_keys, &client.ciphers,     &client.ciphers,
      &client.macs, &client.macs,      &client.compression, &client.compression};
  for (std::size_t i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    if (slot == Slot::mac_c2s || slot == Slot::mac_s2c) {
      const auto cipher = slot == Slot::mac_c2s ? Slot::cipher_c2s : Slot::cipher_s2c;
      if (authenticates_by_itself(agreed(client.ciphers, server[cipher]))) continue;
    }
    if (agreed(*offers[i], server[slot]).empty()) return slot;
  }
  return std::nullopt;
}

Comparison compare_with_clients(const Kexinit& server) {
  const auto agrees = [&](const ClientProfile& client) { return !missing_slot(client, server); };
  const auto profiles = client_profiles();
  const auto found = std::ranges::find_if(profiles, agrees);
  if (found == profiles.end()) return {Agreement::nobody, missing_slot(profiles[0], server)};
  if (found->current) return {Agreement::current, {}};
  return {Agreement::legacy, missing_slot(profiles[0], server)};
}

}  // namespace fleetscan::ssh
