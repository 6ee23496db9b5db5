#pragma once
// Reads the output of nmap (-oX) and masscan (-oJ): hosts whose SSH port is open.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Hands over each open TCP port that is `ssh_port` or on which nmap recognized ssh; a host's name,
/// if nmap knew one, is its label "name".
/// @return how many hosts had no such port
std::uint64_t parse_nmap_xml(std::string_view text, const std::string& source,
                             std::uint16_t ssh_port, const EntrySink& sink, InputErrors& errors);

/// Likewise for masscan's list of {"ip", "ports"}, with or without its trailing commas.
/// @return how many records had no such port
std::uint64_t parse_masscan_json(std::string_view text, const std::string& source,
                                 std::uint16_t ssh_port, const EntrySink& sink,
                                 InputErrors& errors);

}  // namespace fleetscan::inventory
