#pragma once
// Completes what the command line says of a proxy: its addresses, and what to tell it.

#include <memory>

#include "commands/options.h"
#include "vantages/bastion.h"

namespace fleetscan::commands {

/// The environment variable with USER:PASSWORD for the proxy. No option's name makes it, so that no
/// configuration file can hold it.
inline constexpr const char* kProxyLogin = "FLEETSCAN_PROXY_LOGIN";

/// Resolves the proxy's name, reads the credentials and hands all of it to the probes' settings. A
/// name without an address is no mistake of the user's: every target then says so.
/// @return false after saying what is wrong
[[nodiscard]] bool settle_proxy(Options& options);

/// Where the proxy is a bastion: what will log in there, early, while this process is small and may
/// start others.
/// @return null where it is none
[[nodiscard]] std::unique_ptr<vantages::Bastion> prepare_bastion(const Options& options);

/// Logs in at the bastion and hands the connection to the probes' settings. Where that fails, it
/// says why, and so will every target: it is no mistake of the user's.
void reach_bastion(vantages::Bastion& bastion, Options& options);

}  // namespace fleetscan::commands
