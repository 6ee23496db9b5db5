#include "commands/report_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "commands/console.h"
#include "reports/gate.h"
#include "reports/report_file.h"
#include "reports/report_set.h"
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
bool read_all(const std::vector<std::string>& inputs, ReportSet& reports) {
  try {
    for (const auto& input : inputs)
      for (const auto& complaint : read_results(input, reports))
        std::fprintf(stderr, "fleetscan: %s\n", complaint.c_str());
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "fleetscan: %s\n", error.what());
    return false;
  }
  return true;
}

int render(const std::vector<std::string>& inputs, const Outputs& outputs) {
  ReportSet reports(outputs);
  if (!read_all(inputs, reports)) return kExitUsage;
  const auto report = reports.finish();
  if (!uses_standard_output(outputs)) {
    const auto terminal = look_at(STDOUT_FILENO, Color::automatic);
    write_report("-",
                 terminal_summary(report, {terminal.colour, terminal.unicode, terminal.width}));
  }
  for (const auto& error : reports.errors()) std::fprintf(stderr, "fleetscan: %s\n", error.c_str());
  return reports.errors().empty() ? exit_status(report.gate) : kExitOutput;
}

}  // namespace

int run_report(std::vector<std::string> arguments) {
  CLI::App app("Renders reports again from results files. Sends no packet.", "fleetscan report");
  std::vector<std::string> inputs;
  std::string folder;
  Outputs outputs;
  app.add_option("RESULTS", inputs, "results files, plain or gzip; - is standard input")
      ->required();
  app.add_option("-o,--output", folder, "results.jsonl, report.json and report.html")
      ->type_name("DIR");
  add_outputs(app, outputs);
  app.footer("exit status: 0 all reached, 1 some failed, 2 not read, 3 incomplete, 4 not written");
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (!folder.empty()) add_folder(outputs, folder);
  return render(inputs, outputs);
}

int print_schema() {
  const std::string both = "{\"result\":" + std::string(result_schema()) +
                           ",\"report\":" + std::string(report_schema()) + "}\n";
  write_report("-", both);
  return 0;
}

}  // namespace fleetscan
