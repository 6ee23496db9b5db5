#pragma once
// Updates the tables of a history: adds a run, and removes old ones.

#include <cstdint>

#include "reports/history/sqlite.h"

namespace fleetscan::history {

/// Ends the intervals of what is no longer so and begins new ones; says who is missing, who flaps,
/// and which subnets went dark.
/// REQUIRES: an open transaction; the run's row; its hosts in temp.seen, all of them
void apply_run(Database& database, std::int64_t vantage, std::int64_t run);

/// Forgets runs that started before `when_ms` (since 1970), but for each vantage's last complete
/// one, and gives the space back. A run that claims to be later than `now_ms`, or earlier than one
/// that was written before it, is as old as that one.
/// @return how many
[[nodiscard]] std::uint64_t prune_runs(Database& database, std::int64_t when_ms,
                                       std::int64_t now_ms);

}  // namespace fleetscan::history
