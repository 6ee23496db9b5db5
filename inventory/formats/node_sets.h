#pragma once
// The notation of sets of nodes that cluster tools share: "node[1-4,7],login".

#include <string_view>
#include <vector>

namespace fleetscan::inventory {

/// The parts of a comma list, blanks around them gone; commas within brackets join.
[[nodiscard]] std::vector<std::string_view> node_set_parts(std::string_view list);

}  // namespace fleetscan::inventory
