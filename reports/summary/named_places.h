#pragma once
// Lists the places of failing hosts that are known by a name alone: domains, routers and vantages.

#include <vector>

#include "reports/summary/failing_places.h"
#include "reports/summary/host_table.h"

namespace fleetscan::summary {

/// Those of three failing rows or more, whatever they fail of, with how many rows are there in all.
/// Behind a router are the subnets (subnet_of) for hosts of which it answered, healthy hosts, too.
/// @param rows     all of the run, healthy ones, too
/// @param failing  those that fail
[[nodiscard]] std::vector<FailingPlace> named_places(const std::vector<HostRow>& rows,
                                                     const RowIds& failing);

}  // namespace fleetscan::summary
