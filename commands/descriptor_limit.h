#pragma once
// Raises this process's limit on open file descriptors as far as the system allows.

#include <cstddef>

namespace fleetscan::commands {

/// Raises the soft limit as far as `wanted` connections need and the hard limit allows.
/// @return how many connections may be open at a time: `wanted`, or as many as there is room for
[[nodiscard]] std::size_t make_room_for_connections(std::size_t wanted);

/// What so many connections at a time take, everything else included.
[[nodiscard]] std::size_t descriptors_needed(std::size_t connections);
/// How many this process could have open, were its soft limit raised.
[[nodiscard]] std::size_t descriptors_allowed();

}  // namespace fleetscan::commands
