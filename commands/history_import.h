#pragma once
// Imports results files into a history (`fleetscan history import`).

#include <string>
#include <vector>

namespace fleetscan::commands {

/// Adds the runs of all files, oldest file first, and says what became of each: what is wrong with
/// one does not keep the others out. A file may hold several runs, and be a pipe or "-".
/// @param db  made if it is not there
/// @return the status to leave with. @throws SqliteError when there is no such history
[[nodiscard]] int import_files(const std::string& db, const std::vector<std::string>& files);

}  // namespace fleetscan::commands
