#pragma once
// A host key of a record that may be handed to clients: one whose bytes are what the record says.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scanner/probe/evidence.h"

namespace fleetscan::summary {

/// A host's certificate, whose authority did sign it (OpenSSH's PROTOCOL.certkeys).
struct ProvedCertificate {
  std::string blob;                           ///< all of it
  std::string authority_type;                 ///< "ssh-ed25519"
  std::string authority;                      ///< the blob of the key that signed it
  std::vector<std::string> principals;        ///< host names; raw
  std::uint64_t valid_after = 0;              ///< seconds since 1970
  std::optional<std::uint64_t> valid_before;  ///< likewise; nothing: for ever
  bool sha1 = false;                          ///< signed with SHA-1: clients of today refuse it

  /// Whether a client of today takes it for this host, if it trusts the authority.
  /// @param name  in lower case, without a port
  /// @param now  seconds since 1970
  [[nodiscard]] bool is_good_for(const std::string& name, std::uint64_t now) const;
};

struct ProvedKey {
  std::string type;    ///< "ssh-ed25519": of the bare key
  std::string blob;    ///< likewise, as in known_hosts once it is in base64
  std::string sha256;  ///< "SHA256:..."
  unsigned bits = 0;   ///< 0: not known
  std::optional<ProvedCertificate> certificate = {};
};

/// Trusts nothing in the record but that the host proved what `sha256` names: the blob has to be
/// the key of that fingerprint and of that type, one that we can prove; a certificate to be a
/// host's, about that key, and signed by its authority.
/// @return or why it is not to be handed on, as in "its blob is no ssh-rsa key"
[[nodiscard]] std::variant<ProvedKey, std::string> proved_key(const probe::HostKey& recorded);

}  // namespace fleetscan::summary
