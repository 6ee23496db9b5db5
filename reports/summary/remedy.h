#pragma once
// Remedies: what a server's operator changes so that a client can connect again, and what the
// client's user says meanwhile.

#include <string>
#include <string_view>

#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::summary {

/// The line of sshd_config, or the command, that repairs `slot` for the client; "upgrade ..." where
/// the server's version has nothing that the client takes, or is no OpenSSH. Names of the server's
/// are quoted raw.
/// @param ident  the server's identification line, raw; may be empty
[[nodiscard]] std::string server_remedy(ssh::Slot slot, std::string_view ident,
                                        const ssh::Kexinit& server,
                                        const ssh::ClientProfile& client);

/// The option that lets the client connect all the same; "" if it has none. Only OpenSSH's clients
/// have any.
[[nodiscard]] std::string client_bridge(ssh::Slot slot, const ssh::Kexinit& server,
                                        const ssh::ClientProfile& client);

}  // namespace fleetscan::summary
