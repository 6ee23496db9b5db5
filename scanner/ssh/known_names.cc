#include "scanner/ssh/known_names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {
namespace {

// Registered (IANA, "SSH Protocol Parameters") or seen in the wild, and in no profile here. A star
// stands for any ending.
// clang-format off
constexpr std::array<std::string_view, 47> kElsewhere{
  "diffie-hellman-group*", "ecdh-sha2-*", "ecmqv-sha2", "gss-*", "rsa1024-sha1", "rsa2048-sha256",
  "curve448-sha512", "mlkem768nistp256-sha256", "mlkem1024nistp384-sha384", "ext-info-*", "kex-strict-*", "sm2kep-*",
  "ssh-rsa", "ssh-dss", "rsa-sha2-*", "ecdsa-sha2-*", "ssh-ed448", "x509v3-*", "spki-sign-*", "pgp-sign-*", "null", "sk-*",
  "webauthn-*",
  "3des-*", "des-cbc", "blowfish-*", "twofish*", "serpent*", "idea-*", "cast128-*", "arcfour*", "aes128-*", "aes192-*", "aes256-*",
  "AEAD_*", "camellia*", "seed-*", "sm4-*", "chacha20-poly1305", "none",
  "hmac-*", "umac-*", "cbcmac-*", "sm3*",
  "zlib", "zstd", "lz4",
};
// clang-format on

bool fits(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

const NameList& offer(const ClientProfile& client, Slot slot) {
  switch (slot) {
    case Slot::kex: return client.kex;
    case Slot::host_key: return client.host_keys;
    case Slot::cipher_c2s:
    case Slot::cipher_s2c: return client.ciphers;
    case Slot::mac_c2s:
    case Slot::mac_s2c: return client.macs;
    case Slot::compression_c2s:
    case Slot::compression_s2c:
    case Slot::host_key_bits:  // sizes have no names, and nobody asks
    case Slot::group_bits: break;
  }
  return client.compression;
}

bool is_known(Slot slot, std::string_view name) {
  const auto has = [&](const ClientProfile& client) {
    return std::ranges::find(offer(client, slot), name) != offer(client, slot).end();
  };
  return std::ranges::any_of(client_profiles(), has) ||
         std::ranges::any_of(kElsewhere, [&](auto pattern) { return fits(pattern, name); });
}

constexpr std::size_t kLongestName = 64;

bool can_be_a_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

NameList unknown_names(const Kexinit& server, Slot slot) {
  NameList unknown;
  for (const auto& name : server[slot])
    if (can_be_a_name(name) && !is_known(slot, name)) unknown.push_back(name);
  return unknown;
}

bool is_private(std::string_view name) {
  const auto at = name.find('@');
  if (at == std::string_view::npos) return false;
  const auto domain = name.substr(at + 1);
  return domain != "openssh.com" && domain != "libssh.org";
}

}  // namespace fleetscan::ssh
