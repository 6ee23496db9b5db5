#pragma once
// What one simulated SSH server is: identification, offered algorithms and host keys.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/ssh/kexinit.h"
#include "tests/simulator/host_key.h"

namespace fleetscan::simulator {

/// A software that is found in the wild: its identification and its default lists, without the
/// post-quantum methods, which no simulated host can compute.
struct Profile {
  std::string_view name;                           ///< "openssh-9.2"
  std::string_view identification;                 ///< without line end
  std::string_view kex, host_keys, ciphers, macs;  ///< name-lists; no host_keys: what keys can do
};

[[nodiscard]] const std::vector<Profile>& profiles();
[[nodiscard]] const Profile* find_profile(std::string_view name);
[[nodiscard]] ssh::Kexinit offer_of(const Profile& profile);

/// The payload of SSH_MSG_KEXINIT (RFC 4253 section 7.1), with a fixed cookie.
[[nodiscard]] std::string kexinit_payload(const ssh::Kexinit& offer);

struct Server {
  std::string identification;  ///< without line end
  ssh::Kexinit offer;
  std::string kexinit;  ///< the same as a payload
  std::vector<std::shared_ptr<const HostKey>> host_keys;
};

/// Every algorithm name that keys of these types can sign as, in OpenSSH's order, but for SHA-1.
[[nodiscard]] std::vector<std::string> host_key_names(const std::vector<KeyType>& types);

}  // namespace fleetscan::simulator
