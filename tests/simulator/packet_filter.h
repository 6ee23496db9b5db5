#pragma once
// Packet filters that need no privileges: what a host "loses" before its own TCP sees it.

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "tests/simulator/scenario.h"

namespace fleetscan::simulator {

using FilterProgram = std::vector<sock_filter>;

/// For the IPv4 listener: drops the SYNs to hosts whose rule is carried out by the SYN filter.
/// Empty if there is none.
/// @throws std::runtime_error if the rules are too many for the kernel's 4096 instructions.
[[nodiscard]] FilterProgram syn_filter(const Scenario& scenario);

/// Drops every packet over this many bytes, TCP header included.
[[nodiscard]] FilterProgram size_filter(std::uint32_t bytes);

/// Attaches a program to a socket; connections inherit their listener's.
/// @throws std::system_error
void attach(int socket, const FilterProgram& program);

}  // namespace fleetscan::simulator
