#pragma once
// How many descriptors this process may have open.

#include <cstddef>

namespace fleetscan {

/// Raises the soft limit as far as `wanted` connections need and the hard limit allows.
/// @return how many connections may be open at a time: `wanted`, or as many as there is room for
[[nodiscard]] std::size_t make_room_for_connections(std::size_t wanted);

}  // namespace fleetscan
