#pragma once
// Proved host keys in the forms in which clients, name servers and programs take them. No character
// of a name has a meaning of its own in any of them: KeyRing takes no others.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reports/summary/key_ring.h"

namespace fleetscan::render {

/// Gives inventory::kSaltBytes random bytes.
using Salt = std::function<std::string()>;

/// Lines of known_hosts (sshd(8)), with the names of a host in one. An authority that signed a
/// certificate follows its key as @cert-authority, for the names that the certificate is good for.
/// @param salt  null: names in clear. Otherwise each is hashed, and has a line of its own, as
///              HashKnownHosts does it
/// @param now  seconds since 1970: certificates that are out of date bring no authority
[[nodiscard]] std::string known_hosts(const std::vector<summary::HostKeys>& hosts, const Salt& salt,
                                      std::uint64_t now);

/// SSHFP records (RFC 4255) for a zone file, of hosts with a name. Types without a number of their
/// own have none.
/// @param sha1  also digests that only old clients need
[[nodiscard]] std::string sshfp_records(const std::vector<summary::HostKeys>& hosts, bool sha1);

/// A task of Ansible's module known_hosts, in YAML.
/// @param hash  let it hash the names
[[nodiscard]] std::string ansible_task(const std::vector<summary::HostKeys>& hosts, bool hash);

/// fleetscan.keys/1, with the missing keys.
[[nodiscard]] std::string keys_json(const std::vector<summary::HostKeys>& hosts);

}  // namespace fleetscan::render
