#include "commands/merge_command.h"

#include <cstdio>
#include <utility>

#include "commands/console.h"
#include "commands/subcommand_lines.h"
#include "reports/records/merge_files.h"

namespace fleetscan::commands {
namespace {

constexpr int kIncomplete = 3;

int exit_status(records::MergeSummary::Ending ending) {
  switch (ending) {
    case records::MergeSummary::Ending::complete: return 0;
    case records::MergeSummary::Ending::incomplete: return kIncomplete;
    case records::MergeSummary::Ending::refused: return kExitUsage;
    case records::MergeSummary::Ending::unwritable: return kExitOutput;
  }
  return kExitOutput;
}

}  // namespace

int run_merge(std::vector<std::string> arguments) {
  MergeLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  const auto summary = records::merge_files(line.inputs, line.output);
  for (const auto& message : summary.messages)
    std::fprintf(stderr, "fleetscan: %s\n", message.c_str());
  if (!line.quiet && !summary.done.empty())
    std::fprintf(stderr, "fleetscan: %s\n", summary.done.c_str());
  return exit_status(summary.ending);
}

}  // namespace fleetscan::commands
