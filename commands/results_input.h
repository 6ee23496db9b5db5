#pragma once
// The results files that a command is given.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reports/records/result_reader.h"

namespace fleetscan::commands {

/// Hands on each record of all files, in order. Bad lines are said and left out.
/// @return how many bad lines there were; nothing where a file cannot be read or holds no record,
///         which is said as well
[[nodiscard]] std::optional<std::size_t> read_results(const std::vector<std::string>& inputs,
                                                      const records::ResultReader::OnRecord& take);

}  // namespace fleetscan::commands
