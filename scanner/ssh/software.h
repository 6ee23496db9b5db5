#pragma once
// Extracts the software and version that an identification names.

#include <optional>
#include <string_view>

namespace fleetscan::ssh {

struct OpensshVersion {
  unsigned major = 0;
  unsigned minor = 0;

  auto operator<=>(const OpensshVersion&) const = default;
};

/// Of "SSH-2.0-OpenSSH_9.2p1 Debian-2" or "SSH-2.0-OpenSSH_for_Windows_9.5"; nothing for other
/// software.
[[nodiscard]] std::optional<OpensshVersion> openssh_version(std::string_view ident_line);

/// It may refuse us for a while because a connection of ours ended badly: OpenSSH since 9.8
/// (PerSourcePenalties), and what does not say which software it is.
[[nodiscard]] bool may_penalise(std::string_view ident_line);

/// What kind of server it is, whatever the build: "OpenSSH_9.2p1"; the whole line, raw, if it is no
/// identification.
[[nodiscard]] std::string_view software_of(std::string_view ident_line);

}  // namespace fleetscan::ssh
