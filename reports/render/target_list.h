#pragma once
// Lists targets, one a line, in order of address: as an inventory for fleetscan, and for
// `ansible --limit @FILE`.

#include <memory>

#include "reports/render/table.h"

namespace fleetscan::render {

// The port is left out where the run would probe it anyway (`--port`), and for hosts of an
// inventory that is Ansible's by its name, because Ansible knows hosts by their names alone.
[[nodiscard]] std::unique_ptr<Table> reachable_targets();  ///< degraded ones, too
[[nodiscard]] std::unique_ptr<Table> failing_targets();

}  // namespace fleetscan::render
