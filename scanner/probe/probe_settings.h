#pragma once
// ProbeSettings: what all probes of a scan have in common.

#include <chrono>
#include <memory>
#include <string>

#include "scanner/probe/outcome.h"
#include "scanner/proxy/proxy.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::probe {

struct ProbeSettings {
  Depth depth = Depth::kex;
  std::chrono::milliseconds connect_timeout{
      4000};  ///< failing ARP takes the kernel 3.1 s to report
  std::chrono::milliseconds banner_timeout{5000};
  std::chrono::milliseconds kex_timeout{10000};  ///< for KEXINIT and the key exchange together
  std::string ident = "SSH-2.0-fleetscan";       ///< our identification line without its end
  /// That makes all connections; null: this machine does.
  std::shared_ptr<const proxy::Proxy> proxy = {};
  /// The client that servers are held against (`--client`), with its limits; null: those of today.
  const ssh::ClientProfile* client = nullptr;
  /// Never null, and outlives the scan.
  const ssh::KeyExchangeFactory* key_exchanges = &ssh::key_exchanges();
};

}  // namespace fleetscan::probe
