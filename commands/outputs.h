#pragma once
// Where a scan or a report is written, and the summary that it prints.

#include <cstddef>
#include <string>
#include <vector>

#include "commands/options.h"
#include "commands/report_set.h"
#include "reports/render/formats.h"
#include "reports/summary/report.h"

namespace fleetscan::commands {

class OptionDeclarer;

/// Declares an option for each format.
/// @param repeatable  every path given counts, instead of the last one
void declare_outputs(OptionDeclarer& declare, render::OutputPaths& paths, bool repeatable);

/// Sets --github where GitHub Actions runs this program.
void heed_github(Options& options);

/// @return what went wrong; empty if every output can be written as far as is known by now
[[nodiscard]] OutputErrors make_output_folder(const Options& options);

/// @param options  output_dir being the folder of this run
[[nodiscard]] Outputs outputs_of(const Options& options);

/// How many outputs go to standard output. If any does, nothing else is printed there.
[[nodiscard]] std::size_t on_standard_output(const render::OutputPaths& paths);

/// Prints the summary, or what stands in its place: a mail, or failing hosts alone.
/// @param files  to be named at the end
/// @param next   the command to go on with; empty: as the summary sees fit
void print_summary(const Options& options, const summary::Report& report,
                   const std::vector<std::string>& files, const std::string& next = {});

/// All paths but "-", in the order in which a summary names them.
[[nodiscard]] std::vector<std::string> files_of(const render::OutputPaths& paths);

}  // namespace fleetscan::commands
