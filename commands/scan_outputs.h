#pragma once
// Where a scan writes, and the summary that it prints.

#include <string>

#include "commands/options.h"
#include "commands/report_set.h"

namespace fleetscan::commands {

/// @param options  with the folder of this run
[[nodiscard]] Outputs outputs_of(const Options& options);

/// One of the outputs is standard output: then it holds nothing else.
[[nodiscard]] bool uses_standard_output(const Options& options);

/// @param outputs  whose files are named
void print_summary(const Options& options, const summary::Report& report, const Outputs& outputs);

}  // namespace fleetscan::commands
