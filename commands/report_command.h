#pragma once
// `fleetscan report` and `fleetscan schema`: commands that need stored results
// only, or not even those.

#include <string>
#include <vector>

namespace fleetscan::commands {

/// Renders every output again from results files.
/// @param arguments  those behind the word "report"
/// @return the exit status, as of the scan that wrote them
[[nodiscard]] int run_report(std::vector<std::string> arguments);

/// Prints one JSON document that holds the schemas of both formats.
[[nodiscard]] int print_schema(std::vector<std::string> arguments);

}  // namespace fleetscan::commands
