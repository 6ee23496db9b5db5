#include "commands/report_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "commands/console.h"
#include "reports/github_summary.h"
#include "reports/report_file.h"
#include "reports/report_set.h"
#include "reports/result_file.h"
#include "reports/run_rules.h"
#include "reports/schema.h"
#include "reports/terminal_summary.h"
#include "scanner/terminal.h"

namespace fleetscan {
namespace {

void add_outputs(CLI::App& app, Outputs& outputs) {
  const auto add = [&](const char* name, std::vector<std::string>& places, const char* what) {
    app.add_option(name, places, what)->type_name("FILE")->allow_extra_args(false);
  };
  add("--jsonl", outputs.jsonl, "the records again; - is standard output");
  add("--json", outputs.json, "the report as one JSON document");
  add("--html", outputs.html, "the report as one page");
  add("--csv", outputs.csv, "one row a host");
  add("--junit", outputs.junit, "one test suite a subnet");
  add("--prometheus", outputs.prometheus, "for node_exporter's textfile collector");
}

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
bool read_all(const std::vector<std::string>& inputs, RunRecorder& recorder, Summary& summary) {
  try {
    for (const auto& input : inputs)
      for (const auto& complaint : read_result_file(input, feed(recorder))) {
        say(complaint);
        ++summary.unreadable_lines;
      }
  } catch (const std::system_error& error) {
    say(error.what());
    return false;
  }
  return true;
}

void print_summary(const Report& report, bool github) {
  const auto terminal = look_at(STDOUT_FILENO, Color::automatic);
  write_report("-", terminal_summary(report, {terminal.colour, terminal.unicode, terminal.width}) +
                        (github ? github_annotations(report) : ""));
}

int refuse(const std::vector<std::string>& faults) {
  for (const auto& fault : faults) say(fault);
  return kExitUsage;
}

int render(const std::vector<std::string>& inputs, const Outputs& outputs, const Options& options) {
  auto rules = load_rules(options, History::Access::read);
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
  return reports.errors().empty() ? exit_status(report.gate) : leave_unwritten(reports.errors());
}

void add_rules(CLI::App& app, Options& options) {
  app.add_option("--fail-if", options.fail_if, "may be repeated [failing > 0]")
      ->type_name("EXPR")
      ->allow_extra_args(false);
  app.add_option("--baseline", options.baseline, "failures that are accepted")->type_name("FILE");
  app.add_option("--history", options.history, "compare with earlier runs; adds nothing")
      ->type_name("DB");
  app.add_flag("--github", options.github, "step summary and annotations");
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
  CLI::App app("Renders reports again from results files. Sends no packet.", "fleetscan report");
  std::vector<std::string> inputs;
  std::string folder;
  Outputs outputs;
  Options options;
  app.add_option("RESULTS", inputs, "results files, plain or gzip; - is standard input")
      ->required();
  app.add_option("-o,--output", folder, "results.jsonl, report.json and report.html")
      ->type_name("DIR");
  add_outputs(app, outputs);
  const std::map<std::string, Rows> rows{
      {"auto", Rows::automatic}, {"all", Rows::all}, {"failed", Rows::failed}};
  app.add_option("--report-rows", outputs.rows,
                 "auto, all or failed: the hosts that a report lists")
      ->transform(CLI::Transformer(rows))
      ->type_name("ROWS");
  add_rules(app, options);
  app.footer("exit status: 0 all reached, 1 some failed, 2 not read, 3 incomplete, 4 not written");
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (!folder.empty()) add_folder(outputs, folder);
  add_github(outputs, options);
  return render(inputs, outputs, options);
}

int print_schema() {
  const std::string both = "{\"result\":" + std::string(result_schema()) +
                           ",\"report\":" + std::string(report_schema()) + "}\n";
  write_report("-", both);
  return 0;
}

}  // namespace fleetscan
