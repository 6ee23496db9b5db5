#pragma once
// Reads a genders database (genders(3) of LLNL) and ClusterShell's lists of nodes: names or ranges
// of nodes, then their attributes.

#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Hands over each node; its attributes are labels, "mgmt" without a value and "rack=a1" with one.
/// A value that names its node, "%n", is left out.
void parse_genders(std::string_view text, const std::string& source, const EntrySink& sink,
                   InputErrors& errors);

}  // namespace fleetscan::inventory
