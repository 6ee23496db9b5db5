#pragma once
// Completes what the command line says of a proxy: its addresses, and what to tell it.

#include "commands/options.h"

namespace fleetscan::commands {

/// The environment variable with USER:PASSWORD for the proxy. No option's name makes it, so that no
/// configuration file can hold it.
inline constexpr const char* kProxyLogin = "FLEETSCAN_PROXY_LOGIN";

/// Resolves the proxy's name, reads the credentials and hands all of it to the probes' settings. A
/// name without an address is no mistake of the user's: every target then says so.
/// @return false after saying what is wrong
[[nodiscard]] bool settle_proxy(Options& options);

}  // namespace fleetscan::commands
