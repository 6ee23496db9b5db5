#pragma once
// Reads the records that hosts made of themselves with the script of `fleetscan doctor`.

#include <string>
#include <vector>

#include "base/input_error.h"
#include "reports/records/doctor_record.h"

namespace fleetscan::commands {

/// Records of all files that the patterns ("doctor/*.json") name, in order of name; at most
/// 100,000.
/// @param errors  gets a pattern that names no file, and what is wrong with a file, which is left
/// out
[[nodiscard]] std::vector<records::DoctorRecord> read_doctor_files(
    const std::vector<std::string>& patterns, InputErrors& errors);

}  // namespace fleetscan::commands
