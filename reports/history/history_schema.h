#pragma once
// The history's tables and views. Views are the public part: any SQLite tool may read them.
//
// A state, a host key or an identification is kept as an interval of runs, so that a night on which
// nothing changes costs nothing. The running interval lies in `target`, finished ones in the tables
// that end in _span: from_run is the first run that saw it, to_run the first that saw another one.
//
//     v_run               one row per run, with its counts
//     v_state             target, class, and the first and last run with it
//     v_change            every change of class: before and after, and in which run
//     v_new_failure       targets that began to fail, by run
//     v_recovered         targets that stopped failing, by run
//     v_still_failing     targets that failed when last probed, and since when
//     v_flapping          targets that change all the time
//     v_host_key_change   old and new key, by run
//     v_software_change   old and new identification, by run
//     v_dark_subnet       subnets whose last reachable host began to fail, by run
//     v_missing           targets that the last complete run did not name
//
// Only complete runs change anything, and only for targets whose state they could determine.

#include "reports/history/sqlite.h"

namespace fleetscan::history {

/// Brings a new or older file to this version's schema.
/// @throws SqliteError  also for a file that is not a history, or of a newer version
void migrate_history(Database& database);

/// Whether the file is a history that this version can read. @throws SqliteError if not
void check_history(Database& database);

}  // namespace fleetscan::history
