#pragma once
// Opens results files for result_reader, plain or gzip.

#include <string>
#include <vector>

#include "reports/result_reader.h"

namespace fleetscan {

/// Hands on each record of a file, in order. "-" is standard input.
/// @return its bad lines, each with file and line number.
/// @throws std::system_error when the file cannot be read.
[[nodiscard]] std::vector<std::string> read_result_file(const std::string& path,
                                                        ResultReader::OnRecord on_record);

}  // namespace fleetscan
