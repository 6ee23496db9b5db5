#include "commands/scan_outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/escape.h"
#include "base/output_file.h"
#include "commands/terminal.h"
#include "reports/render/github_summary.h"
#include "reports/render/terminal_summary.h"

namespace fleetscan::commands {
namespace {

/// A mail's subject, and an empty line.
std::string mail_head(const Options& options, const summary::Report& report) {
  auto head = fmt::format("fleetscan {}: {} ({}", summary::to_string(report.gate.verdict),
                          report.gate.reason, printable(options.inventory.targets.at(0)));
  if (options.inventory.targets.size() > 1) head += ", ...";
  if (!options.vantage.empty()) head += ", from " + printable(options.vantage);
  return head + ")\n\n";
}

}  // namespace

Outputs outputs_of(const Options& options) {
  Outputs outputs;
  outputs.rows = static_cast<summary::Rows>(options.rows);
  outputs.shown = !options.quiet;
  const auto add = [&](std::vector<std::string>& places, const std::string& path,
                       const char* name) {
    if (!options.output_dir.empty())
      places.push_back(std::filesystem::path(options.output_dir) / name);
    if (!path.empty()) places.push_back(path);
  };
  const auto add_file = [](std::vector<std::string>& places, const std::string& path) {
    if (!path.empty()) places.push_back(path);
  };
  add(outputs.jsonl, options.jsonl, "results.jsonl");
  add(outputs.json, options.json, "report.json");
  add(outputs.html, options.html, "report.html");
  add_file(outputs.csv, options.csv);
  add_file(outputs.junit, options.junit);
  add_file(outputs.prometheus, options.prometheus);
  if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY"); summary && options.github)
    add_file(outputs.github, summary);
  return outputs;
}

bool uses_standard_output(const Options& options) {
  return std::ranges::count(options.places(), "-") > 0;
}

void print_summary(const Options& options, const summary::Report& report, const Outputs& outputs) {
  const bool to_stderr = uses_standard_output(options);
  const auto terminal = look_at(to_stderr ? STDERR_FILENO : STDOUT_FILENO, options.color);
  std::vector<std::string> files;
  for (const auto* places : {&outputs.html, &outputs.json, &outputs.jsonl, &outputs.csv,
                             &outputs.junit, &outputs.prometheus})
    for (const auto& path : *places)
      if (path != "-") files.push_back(path);
  const auto head = options.cron ? mail_head(options, report) : std::string();
  const auto text =
      head +
      render::terminal_summary(report, {terminal.colour, terminal.unicode, terminal.width}, files) +
      (options.github ? render::github_annotations(report) : "");
  if (to_stderr) {
    std::fputs(text.c_str(), stderr);
    return;
  }
  std::fflush(stdout);  // what --verbose has printed comes first
  write_report("-", text);
}

}  // namespace fleetscan::commands
