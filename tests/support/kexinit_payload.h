#pragma once
// KEXINIT payloads for tests.

#include <array>
#include <string>

#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::test {

/// What a server offers, as name-lists; the defaults are those of a recent OpenSSH.
struct Offer {
  std::string kex = "curve25519-sha256,diffie-hellman-group14-sha256";
  std::string host_key = "rsa-sha2-512,ssh-ed25519";
  std::string cipher = "chacha20-poly1305@openssh.com,aes128-ctr";
  std::string mac = "hmac-sha2-256-etm@openssh.com,hmac-sha2-256";
  std::string compression = "none,zlib@openssh.com";
};

inline std::string kexinit_payload(const Offer& offer = {}) {
  std::string payload = "\x14";
  payload.append(16, 'c');  // cookie
  for (const auto* list : {&offer.kex, &offer.host_key, &offer.cipher, &offer.cipher, &offer.mac,
                           &offer.mac, &offer.compression, &offer.compression})
    ssh::append_string(payload, *list);
  ssh::append_string(payload, "");  // languages
  ssh::append_string(payload, "");
  payload.append(5, '\0');  // first_kex_packet_follows, reserved
  return payload;
}

inline ssh::Kexinit kexinit(const Offer& offer = {}) {
  return *ssh::parse_kexinit(kexinit_payload(offer));
}

}  // namespace fleetscan::test
