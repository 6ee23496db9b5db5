#include "commands/merge_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "commands/console.h"
#include "reports/merge_files.h"

namespace fleetscan {
namespace {

constexpr int kIncomplete = 3;

int exit_status(MergeSummary::Ending ending) {
  switch (ending) {
    case MergeSummary::Ending::complete: return 0;
    case MergeSummary::Ending::incomplete: return kIncomplete;
    case MergeSummary::Ending::refused: return kExitUsage;
    case MergeSummary::Ending::unwritable: return kExitOutput;
  }
  return kExitOutput;
}

}  // namespace

int run_merge(std::vector<std::string> arguments) {
  CLI::App app(
      "Joins the results of one scan's shards, or of its repetitions, into one file. Sends no "
      "packet.\nOf two results of one target the newer counts.",
      "fleetscan merge");
  std::vector<std::string> inputs;
  std::string output;
  bool quiet = false;
  app.add_option("RESULTS", inputs,
                 "results files, plain or gzip, merged ones too; - is standard input")
      ->required();
  app.add_option("-o,--output", output, "the merged file; - is standard output")->required();
  app.add_flag("-q,--quiet", quiet, "only what is wrong");
  app.footer(
      "exit status: 0 complete, 3 written but shards or targets are missing, 2 nothing written,\n"
      "4 the output could not be written");
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  const auto summary = merge_files(inputs, output);
  for (const auto& message : summary.messages)
    std::fprintf(stderr, "fleetscan: %s\n", message.c_str());
  if (!quiet && !summary.done.empty())
    std::fprintf(stderr, "fleetscan: %s\n", summary.done.c_str());
  return exit_status(summary.ending);
}

}  // namespace fleetscan
