#include "commands/report_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/output_file.h"
#include "commands/console.h"
#include "commands/report_set.h"
#include "commands/run_rules.h"
#include "commands/subcommand_lines.h"
#include "commands/terminal.h"
#include "reports/records/result_file.h"
#include "reports/records/schema.h"
#include "reports/render/github_summary.h"
#include "reports/render/terminal_summary.h"

namespace fleetscan::commands {
namespace {

void add_folder(Outputs& outputs, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  outputs.jsonl.push_back(folder / "results.jsonl");
  outputs.json.push_back(folder / "report.json");
  outputs.html.push_back(folder / "report.html");
}

bool uses_standard_output(const Outputs& outputs) {
  for (const auto* places : {&outputs.jsonl, &outputs.json, &outputs.html, &outputs.csv,
                             &outputs.junit, &outputs.prometheus})
    if (std::ranges::count(*places, "-") > 0) return true;
  return false;
}

/// @return whether every file could be read; its bad lines are said and left out
bool read_all(const std::vector<std::string>& inputs, RunRecorder& recorder,
              summary::Summary& summary) {
  try {
    for (const auto& input : inputs)
      for (const auto& complaint : records::read_result_file(input, records::feed(recorder))) {
        say(complaint);
        ++summary.unreadable_lines;
      }
  } catch (const std::system_error& error) {
    say(error.what());
    return false;
  }
  return true;
}

void print_summary(const summary::Report& report, bool github) {
  const auto terminal = look_at(STDOUT_FILENO, Color::automatic);
  write_report(
      "-", render::terminal_summary(report, {terminal.colour, terminal.unicode, terminal.width}) +
               (github ? render::github_annotations(report) : ""));
}

int refuse(const std::vector<std::string>& faults) {
  for (const auto& fault : faults) say(fault);
  return kExitUsage;
}

int render(const std::vector<std::string>& inputs, const Outputs& outputs, const Options& options) {
  auto rules = load_rules(options, history::History::Access::read);
  if (!rules.unwritable.empty()) rules.faults.push_back(rules.unwritable);  // here: not readable
  if (!rules.faults.empty()) return refuse(rules.faults);
  ReportSet reports(outputs);
  RunRecorder recorder(reports, std::move(rules.settings), nullptr);
  if (!read_all(inputs, recorder, reports.summary())) return kExitUsage;
  if (rules.history) {
    const auto run = rules.history->find(reports.summary().run.run_id);
    if (!run) return refuse({"the history does not have this run: fleetscan history import"});
    if (rules.history->run(*run)->complete) recorder.compare_with(rules.history->past(*run));
  }
  const auto report = recorder.finish();
  if (!uses_standard_output(outputs)) print_summary(report, options.github);
  return reports.errors().empty() ? summary::exit_status(report.gate)
                                  : leave_unwritten(reports.errors());
}

/// As for a scan: where the step's summary goes, if it is wanted.
void add_github(Outputs& outputs, Options& options) {
  const char* action = std::getenv("GITHUB_ACTIONS");
  if (action && action == std::string_view("true")) options.github = true;
  if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY"); summary && options.github)
    outputs.github.emplace_back(summary);
}

}  // namespace

int run_report(std::vector<std::string> arguments) {
  ReportLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  if (!line.folder.empty()) add_folder(line.outputs, line.folder);
  add_github(line.outputs, line.options);
  return render(line.inputs, line.outputs, line.options);
}

int print_schema() {
  const std::string both = "{\"result\":" + std::string(records::result_schema()) +
                           ",\"report\":" + std::string(records::report_schema()) + "}\n";
  write_report("-", both);
  return 0;
}

}  // namespace fleetscan::commands
