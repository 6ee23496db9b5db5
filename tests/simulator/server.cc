#include "tests/simulator/server.h"

#include <algorithm>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/wire.h"
#include "tests/simulator/wire.h"

namespace fleetscan::simulator {
namespace {

constexpr std::string_view kModernKex =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
    "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256";
constexpr std::string_view kModernCiphers =
    "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,"
    "aes256-gcm@openssh.com";
constexpr std::string_view kModernMacs =
    "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"
    "hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,"
    "umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";

// clang-format off
const std::vector<Profile> kProfiles = {
    {"openssh-9.2", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", kModernKex, "", kModernCiphers,
     kModernMacs},
    {"openssh-10.0", "SSH-2.0-OpenSSH_10.0p2 Debian-7",
     "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
     "ecdh-sha2-nistp521,ext-info-s,kex-strict-s-v00@openssh.com",
     "",
     "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,"
     "aes192-ctr,aes256-ctr",
     kModernMacs},
    {"openssh-9.6", "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.14",
     "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
     "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
     "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,ext-info-s,"
     "kex-strict-s-v00@openssh.com",
     "", kModernCiphers, kModernMacs},
    {"openssh-8.9", "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.13", kModernKex, "", kModernCiphers,
     kModernMacs},
    {"openssh-8.0", "SSH-2.0-OpenSSH_8.0",
     "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
     "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256,"
     "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha1",
     "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ecdsa-sha2-nistp256,ssh-ed25519", kModernCiphers,
     kModernMacs},
    {"openssh-7.4", "SSH-2.0-OpenSSH_7.4",
     "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
     "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
     "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1",
     "ssh-rsa,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519", kModernCiphers,
     kModernMacs},
    {"openssh-5.3", "SSH-2.0-OpenSSH_5.3",
     "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,"
     "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
     "ssh-rsa,ssh-dss",
     "aes128-ctr,aes192-ctr,aes256-ctr,arcfour256,arcfour128,aes128-cbc,3des-cbc,blowfish-cbc,"
     "cast128-cbc,aes192-cbc,aes256-cbc,arcfour,rijndael-cbc@lysator.liu.se",
     "hmac-md5,hmac-sha1,umac-64@openssh.com,hmac-ripemd160,hmac-ripemd160@openssh.com,"
     "hmac-sha1-96,hmac-md5-96"},
    {"dropbear-2022", "SSH-2.0-dropbear_2022.83",
     "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp521,ecdh-sha2-nistp384,"
     "ecdh-sha2-nistp256,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1,"
     "kexguess2@matt.ucc.asn.au",
     "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-256,ssh-rsa",
     "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr", "hmac-sha1,hmac-sha2-256"},
    {"dropbear-2014", "SSH-2.0-dropbear_2014.63", "diffie-hellman-group14-sha1,kexguess2@matt.ucc.asn.au",
     "ssh-rsa", "aes128-ctr,3des-ctr,aes256-ctr,aes128-cbc,3des-cbc,aes256-cbc",
     "hmac-sha1-96,hmac-sha1,hmac-md5"},
    {"tinyssh", "SSH-2.0-tinyssh_20230101 abcdefgh",
     "curve25519-sha256,curve25519-sha256@libssh.org", "ssh-ed25519",
     "chacha20-poly1305@openssh.com", "hmac-sha2-256"},
};
// clang-format on

constexpr std::size_t kCookieBytes = 16;

}  // namespace

const std::vector<Profile>& profiles() { return kProfiles; }

const Profile* find_profile(std::string_view name) {
  const auto found = std::ranges::find(kProfiles, name, &Profile::name);
  return found == kProfiles.end() ? nullptr : &*found;
}

ssh::Kexinit offer_of(const Profile& profile) {
  const auto ciphers = split(profile.ciphers, ',');
  const auto macs = split(profile.macs, ',');
  const ssh::NameList compression = {"none", "zlib@openssh.com"};
  return {{split(profile.kex, ','), split(profile.host_keys, ','), ciphers, ciphers, macs, macs,
           compression, compression}};
}

std::string kexinit_payload(const ssh::Kexinit& offer) {
  std::string payload(1, static_cast<char>(ssh::Message::kexinit));
  payload.append(kCookieBytes, 'c');
  for (const auto& names : offer.lists) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ",") + name;
    ssh::append_string(payload, list);
  }
  ssh::append_string(payload, "");  // languages, both directions
  ssh::append_string(payload, "");
  payload += offer.first_kex_packet_follows ? '\1' : '\0';
  ssh::append_uint32(payload, 0);
  return payload;
}

std::vector<std::string> host_key_names(const std::vector<KeyType>& types) {
  std::vector<std::string> names;
  for (const auto* name : {"rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519"}) {
    if (std::ranges::any_of(types, [&](KeyType type) { return HostKey::fits(type, name); })) {
      names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace fleetscan::simulator
