#pragma once
// Reads the output of nmap (-oX) and masscan (-oJ): hosts whose SSH port is open.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

struct PortScan {
  std::uint64_t without_ssh = 0;                        ///< hosts without an open SSH port
  std::optional<std::uint64_t> interrupted_after = {};  ///< so many hosts, if it never finished
};

/// Hands over each open TCP port that is `ssh_port` or on which nmap recognized ssh; a host's name,
/// if nmap knew one, is its label "name". Of an interrupted run, all hosts that are whole.
PortScan parse_nmap_xml(std::string_view text, const std::string& source, std::uint16_t ssh_port,
                        const EntrySink& sink, InputErrors& errors);

/// Likewise for masscan's records, {"ip", "ports"} of -oJ or one a line of -oD, as a list or not,
/// with or without commas.
PortScan parse_masscan_json(std::string_view text, const std::string& source,
                            std::uint16_t ssh_port, const EntrySink& sink, InputErrors& errors);

}  // namespace fleetscan::inventory
