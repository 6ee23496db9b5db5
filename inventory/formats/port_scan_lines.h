#pragma once
// Reads the lines that port scanners write: masscan's list (-oL) and nmap's grepable output (-oG),
// which masscan writes as well.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"
#include "inventory/formats/nmap_xml.h"

namespace fleetscan::inventory {

/// "open tcp 22 192.0.2.1 1501607463": hands over each host whose port `ssh_port` is open.
PortScan parse_masscan_list(std::string_view text, const std::string& source,
                            std::uint16_t ssh_port, const EntrySink& sink, InputErrors& errors);

/// "Host: 192.0.2.1 (web1)<TAB>Ports: 22/open/tcp//ssh///": likewise, and ports on which nmap
/// recognized ssh. The name is the label "name".
PortScan parse_nmap_grepable(std::string_view text, const std::string& source,
                             std::uint16_t ssh_port, const EntrySink& sink, InputErrors& errors);

}  // namespace fleetscan::inventory
