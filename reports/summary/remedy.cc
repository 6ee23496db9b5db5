#include "reports/summary/remedy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/software.h"

namespace fleetscan::summary {
namespace {

using ssh::ClientProfile;
using ssh::Kexinit;
using ssh::OpensshVersion;
using ssh::Slot;

/// Since when sshd has an algorithm (release notes; kex.c, cipher.c, mac.c and sshkey.c by tag).
struct Since {
  std::string_view name;
  OpensshVersion version;
};
constexpr std::array kKexSince{
    Since{"mlkem768x25519-sha256", {9, 9}},
    Since{"sntrup761x25519-sha512", {9, 9}},
    Since{"sntrup761x25519-sha512@openssh.com", {8, 5}},
    Since{"curve25519-sha256", {7, 4}},
    Since{"curve25519-sha256@libssh.org", {6, 5}},
    Since{"diffie-hellman-group14-sha256", {7, 3}},
    Since{"diffie-hellman-group16-sha512", {7, 3}},
    Since{"ecdh-sha2-nistp256", {5, 7}},
    Since{"ecdh-sha2-nistp384", {5, 7}},
};
constexpr std::array kCipherSince{
    Since{"chacha20-poly1305@openssh.com", {6, 5}},
    Since{"aes128-gcm@openssh.com", {6, 2}},
    Since{"aes256-gcm@openssh.com", {6, 2}},
    Since{"aes256-ctr", {3, 7}},
    Since{"aes128-ctr", {3, 7}},
};
constexpr std::array kMacSince{
    Since{"hmac-sha2-256-etm@openssh.com", {6, 2}},
    Since{"hmac-sha2-512-etm@openssh.com", {6, 2}},
    Since{"hmac-sha2-256", {5, 9}},
    Since{"hmac-sha2-512", {5, 9}},
    Since{"hmac-sha1", {3, 0}},
};
constexpr OpensshVersion kPlus{7, 0};     // "KexAlgorithms +name" adds to the defaults
constexpr OpensshVersion kKexKey{5, 7};   // the keyword KexAlgorithms
constexpr OpensshVersion kRsaSha2{7, 2};  // rsa-sha2-256 and rsa-sha2-512
constexpr OpensshVersion kEcdsa{5, 7};

/// What clients of OpenSSH still speak when told to, and in no default of today.
constexpr std::array<std::string_view, 3> kOldKex{"diffie-hellman-group14-sha1",
                                                  "diffie-hellman-group-exchange-sha1",
                                                  "diffie-hellman-group1-sha1"};
constexpr std::array<std::string_view, 1> kOldKeys{"ssh-rsa"};
constexpr std::array<std::string_view, 4> kOldCiphers{"aes256-cbc", "aes192-cbc", "aes128-cbc",
                                                      "3des-cbc"};
constexpr std::array<std::string_view, 4> kOldMacs{"hmac-sha1", "hmac-sha1-96", "hmac-md5",
                                                   "hmac-md5-96"};

bool has(const ssh::NameList& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string upgrade(std::string_view ident) {
  const auto software = ssh::software_of(ident);
  return fmt::format("upgrade {}", software.empty() ? "the server" : software);
}

/// "Ciphers +aes128-ctr", or with the whole list for a server that cannot add to its defaults.
std::string with(std::string_view keyword, std::string_view name, OpensshVersion version,
                 const ssh::NameList& offered) {
  if (version >= kPlus) return fmt::format("{} +{}", keyword, name);
  return fmt::format("{} {},{}", keyword, name, fmt::join(offered, ","));
}

/// The client's favorite among what the server's version has.
std::optional<std::string_view> addable(std::span<const Since> table, const ssh::NameList& wanted,
                                        OpensshVersion version) {
  for (const auto& name : wanted) {
    const auto row = std::ranges::find(table, name, &Since::name);
    if (row != table.end() && row->version <= version) return row->name;
  }
  return std::nullopt;
}

std::string list_remedy(std::string_view keyword, std::span<const Since> table, Slot slot,
                        const ssh::NameList& wanted, std::string_view ident,
                        const Kexinit& server) {
  const auto version = ssh::openssh_version(ident);
  if (!version || (slot == Slot::kex && *version < kKexKey)) return upgrade(ident);
  const auto name = addable(table, wanted, *version);
  return name ? with(keyword, *name, *version, server[slot]) : upgrade(ident);
}

std::string key_remedy(std::string_view ident, const Kexinit& server, const ClientProfile& client) {
  const auto version = ssh::openssh_version(ident);
  if (!version || *version < kEcdsa) return upgrade(ident);
  // Its RSA key is there: what lacks is the signature.
  if (has(server[Slot::host_key], "ssh-rsa") && has(client.host_keys, "rsa-sha2-256") &&
      *version >= kRsaSha2)
    return "HostKeyAlgorithms +rsa-sha2-512,rsa-sha2-256";
  return "ssh-keygen -A, and a line HostKey for each key in sshd_config, or none";
}

std::string option(std::string_view keyword, std::span<const std::string_view> old,
                   const ssh::NameList& offered) {
  const auto name = std::ranges::find_if(
      old, [&](std::string_view candidate) { return has(offered, candidate); });
  return name == old.end() ? "" : fmt::format("-o {}=+{}", keyword, *name);
}

}  // namespace

std::string server_remedy(Slot slot, std::string_view ident, const Kexinit& server,
                          const ClientProfile& client) {
  switch (slot) {
    case Slot::kex: return list_remedy("KexAlgorithms", kKexSince, slot, client.kex, ident, server);
    case Slot::host_key: return key_remedy(ident, server, client);
    case Slot::cipher_c2s:
    case Slot::cipher_s2c:
      return list_remedy("Ciphers", kCipherSince, slot, client.ciphers, ident, server);
    case Slot::mac_c2s:
    case Slot::mac_s2c: return list_remedy("MACs", kMacSince, slot, client.macs, ident, server);
    case Slot::compression_c2s:
    case Slot::compression_s2c: return "Compression delayed";
    case Slot::host_key_bits:
      return "rm /etc/ssh/ssh_host_rsa_key*; ssh-keygen -A, which makes one of today's size";
    case Slot::group_bits:
      return "awk '$5 >= 3071' /etc/ssh/moduli >moduli.new, and put that in its place";
  }
  return {};
}

std::string client_bridge(Slot slot, const Kexinit& server, const ClientProfile& client) {
  if (client.standing == ssh::Standing::other || client.id.ends_with("-fips")) return {};
  switch (slot) {
    case Slot::kex: return option("KexAlgorithms", kOldKex, server[slot]);
    case Slot::host_key: {
      const auto bridge = option("HostKeyAlgorithms", kOldKeys, server[slot]);
      // libcrypto verifies no SHA-1 there, whatever ssh is told.
      return bridge.empty() || !client.id.starts_with("rhel-")
                 ? bridge
                 : bridge + ", after update-crypto-policies --set DEFAULT:SHA1";
    }
    case Slot::cipher_c2s:
    case Slot::cipher_s2c: return option("Ciphers", kOldCiphers, server[slot]);
    case Slot::mac_c2s:
    case Slot::mac_s2c: return option("MACs", kOldMacs, server[slot]);
    case Slot::host_key_bits: return client.rsa_bits > 1024 ? "-o RequiredRSASize=1024" : "";
    case Slot::compression_c2s:
    case Slot::compression_s2c:
    case Slot::group_bits: break;
  }
  return {};
}

}  // namespace fleetscan::summary
