#pragma once
// Reads ClusterShell's groups in YAML (groups.d/*.yaml): sources of groups, each group a set of
// nodes.

#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Hands over the nodes of each group with its name as label "group". Groups that a set names
/// ("@source:group") bring nothing new and are left out; other set operations are an error.
void parse_cluster_groups(std::string_view text, const std::string& source, const EntrySink& sink,
                          InputErrors& errors);

}  // namespace fleetscan::inventory
