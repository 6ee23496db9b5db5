#pragma once
// A Target is one host and port to probe, as an inventory names it.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/address.h"

namespace fleetscan::inventory {

/// Key to value, e.g. {"group": "web"}. Sorted, so that every report shows them alike.
using Labels = std::map<std::string, std::string>;

struct Target {
  std::string host;  ///< name or address literal, without brackets: what users call it
  std::uint16_t port = 22;
  std::optional<Address> address = {};  ///< where it is, if the inventory says so; else resolve
  std::string lookup = {};  ///< the name to resolve, where it is not `host` (see lookup_name)
  std::shared_ptr<const Labels> labels = {};  ///< shared by the targets of one line; may be null
  std::string source = {};                    ///< "hosts.txt:12", or "" for the command line
  std::optional<Family> family = {};          ///< AddressFamily of ssh_config: look up no other
  std::string skip_reason = {};               ///< why it is not to be probed; empty for all others
  std::string jumps =
      {};  ///< of one that is skipped: the jump hosts that lead to it (jump_route())

  bool each_address = false;  ///< its name has several addresses, and each is a target
  bool canary = false;        ///< must be reachable; counted by itself, and in no report

  /// What users call it: "web01:22", "[2001:db8::1]:22"; "web01/192.0.2.1:22" for each address.
  [[nodiscard]] std::string name() const {
    if (each_address && address) return host + '/' + host_and_port(address->to_string(), port);
    return host_and_port(host, port);
  }

  /// The name to resolve when there is no `address`: an alias stands for another name.
  [[nodiscard]] const std::string& lookup_name() const { return lookup.empty() ? host : lookup; }
};

}  // namespace fleetscan::inventory
