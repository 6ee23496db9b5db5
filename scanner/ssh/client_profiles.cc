#include "scanner/ssh/client_profiles.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/known_names.h"

namespace fleetscan::ssh {
namespace {

// clang-format off
constexpr std::string_view kCurve = "curve25519-sha256,curve25519-sha256@libssh.org";
constexpr std::string_view kPostQuantum =
  "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com";
constexpr std::string_view kNist = "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521";
constexpr std::string_view kGroupsSha2 =
  "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256";
constexpr std::string_view kEcdsa = "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521";
constexpr std::string_view kModernHostKeys =
  "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com,"
  "ecdsa-sha2-nistp521-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,"
  "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
  "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256";
constexpr std::string_view kNewestHostKeys =
  "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com,"
  "ecdsa-sha2-nistp521-cert-v01@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
  "webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,"
  "ssh-mldsa44-ed25519-cert,ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
  "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,webauthn-sk-ecdsa-sha2-nistp256@openssh.com,"
  "rsa-sha2-512,rsa-sha2-256,ssh-mldsa44-ed25519";
constexpr std::string_view kChacha = "chacha20-poly1305@openssh.com";
constexpr std::string_view kCtr = "aes128-ctr,aes192-ctr,aes256-ctr";
constexpr std::string_view kGcm = "aes128-gcm@openssh.com,aes256-gcm@openssh.com";
constexpr std::string_view kCbc = "aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc,blowfish-cbc,cast128-cbc,rijndael-cbc@lysator.liu.se";
constexpr std::string_view kArcfour = "arcfour256,arcfour128,arcfour";
constexpr std::string_view kModernMacs =
  "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
  "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";
constexpr std::string_view kOldMacs = "hmac-md5,hmac-sha1,umac-64@openssh.com,hmac-ripemd160,hmac-ripemd160@openssh.com,hmac-sha1-96,hmac-md5-96";
constexpr std::string_view kCompression = "none,zlib@openssh.com";

/// Name-lists as on the wire, one after the other; those at the end may be empty.
using Lists = std::array<std::string_view, 6>;

/// One row of the table.
struct Row {
  std::string_view name;
  bool current;
  Lists kex, host_keys, ciphers, macs, compression;
};

constexpr std::array kRows{
  Row{"OpenSSH 10.6", true,
    {kPostQuantum, kCurve, kNist, kGroupsSha2},
    {kNewestHostKeys}, {kChacha, kGcm, kCtr}, {kModernMacs}, {kCompression}},
  Row{"OpenSSH 10.0", true,
    {kPostQuantum, kCurve, kNist, kGroupsSha2},
    {kModernHostKeys}, {kChacha, kGcm, kCtr}, {kModernMacs}, {kCompression}},
  Row{"OpenSSH 9.2", true,
    {"sntrup761x25519-sha512@openssh.com", kCurve, kNist, kGroupsSha2},
    {kModernHostKeys}, {kChacha, kCtr, kGcm}, {kModernMacs}, {kCompression}},
  Row{"Red Hat 9 in FIPS mode", true,
    {kNist, kGroupsSha2}, {kEcdsa, "rsa-sha2-512,rsa-sha2-256"}, {"aes256-gcm@openssh.com,aes256-ctr,aes128-gcm@openssh.com,aes128-ctr"},
    {"hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"}, {kCompression}},
  Row{"OpenSSH 8.0", false,
    {kCurve, kNist, kGroupsSha2, "diffie-hellman-group14-sha1"},
    {kModernHostKeys, "ssh-rsa"}, {kChacha, kCtr, kGcm}, {kModernMacs}, {kCompression}},
  Row{"OpenSSH 7.4", false,
    {kCurve, kNist, kGroupsSha2, "diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1"},
    {kModernHostKeys, "ssh-rsa"}, {kChacha, kCtr, kGcm, "aes128-cbc,aes192-cbc,aes256-cbc"},
    {kModernMacs}, {kCompression, "zlib"}},
  Row{"OpenSSH 6.6", false,
    {"curve25519-sha256@libssh.org", kNist,
     "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"},
    {kEcdsa, "ssh-ed25519,ssh-rsa,ssh-dss"}, {kCtr, kArcfour, kGcm, kChacha, kCbc},
    {kModernMacs, kOldMacs}, {kCompression, "zlib"}},
  Row{"OpenSSH 5.3", false,
    {"diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"},
    {"ssh-rsa,ssh-dss"}, {kCtr, kArcfour, kCbc}, {kOldMacs}, {kCompression, "zlib"}},
};
// clang-format on

NameList joined(const Lists& lists) {
  NameList names;
  for (const auto list : lists)
    if (!list.empty()) std::ranges::move(split_name_list(list), std::back_inserter(names));
  return names;
}

bool authenticates_by_itself(std::string_view cipher) {
  return cipher.starts_with("chacha20-poly1305") || cipher.find("-gcm@") != std::string_view::npos;
}

}  // namespace

std::span<const ClientProfile> client_profiles() {
  static const auto profiles = [] {
    std::vector<ClientProfile> made;
    for (const auto& row : kRows)
      made.push_back({row.name, row.current, joined(row.kex), joined(row.host_keys),
                      joined(row.ciphers), joined(row.macs), joined(row.compression)});
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
      if (authenticates_by_itself(first_common(client.ciphers, server[cipher]))) continue;
    }
    if (first_common(*offers[i], server[slot]).empty()) return slot;
  }
  return std::nullopt;
}

namespace {

/// What the newest client would have to know besides to agree with the server.
ClientProfile successor_for(const Kexinit& server) {
  auto client = client_profiles()[0];
  const auto add = [&](NameList& names, Slot slot) {
    for (auto& name : unknown_names(server, slot))
      if (!is_private(name)) names.push_back(std::move(name));
  };
  add(client.kex, Slot::kex);
  add(client.host_keys, Slot::host_key);
  for (const auto slot : {Slot::cipher_c2s, Slot::cipher_s2c}) add(client.ciphers, slot);
  for (const auto slot : {Slot::mac_c2s, Slot::mac_s2c}) add(client.macs, slot);
  for (const auto slot : {Slot::compression_c2s, Slot::compression_s2c})
    add(client.compression, slot);
  return client;
}

}  // namespace

Comparison compare_with_clients(const Kexinit& server) {
  const auto agrees = [&](const ClientProfile& client) { return !missing_slot(client, server); };
  const auto profiles = client_profiles();
  const auto found = std::ranges::find_if(profiles, agrees);
  if (found == profiles.end()) {
    const bool newer = !missing_slot(successor_for(server), server);
    return {newer ? Agreement::newer : Agreement::nobody, missing_slot(profiles[0], server)};
  }
  if (found->current) return {Agreement::current, {}};
  return {Agreement::legacy, missing_slot(profiles[0], server)};
}

}  // namespace fleetscan::ssh
