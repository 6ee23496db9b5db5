#pragma once
// Which algorithm names mean something to this build, and which may be newer than it.

#include <string_view>

#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {

/// The names of the server's list that no profile has and no table here knows: newer than this
/// build, or private. What cannot be a name (RFC 4251 section 6) is not among them: no client will
/// ever ask for it.
[[nodiscard]] NameList unknown_names(const Kexinit& server, Slot slot);

/// The form `name@domain` belongs to the owner of the domain (RFC 4251 section 6): only those of
/// OpenSSH and libssh come into the defaults of OpenSSH's client.
[[nodiscard]] bool is_private(std::string_view name);

}  // namespace fleetscan::ssh
