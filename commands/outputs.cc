#include "commands/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/escape.h"
#include "base/output_file.h"
#include "commands/option_declarer.h"
#include "commands/options.h"
#include "commands/report_set.h"
#include "commands/terminal.h"
#include "reports/render/formats.h"
#include "reports/render/github_summary.h"
#include "reports/render/terminal_summary.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"

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

void declare_outputs(OptionDeclarer& declare, render::OutputPaths& paths, bool repeatable) {
  for (const auto& format : render::output_formats()) {
    const auto option = "--" + std::string(format.name);
    const std::string help(format.help);
    auto& into = paths[std::string(format.name)];
    if (repeatable)
      declare.list(option, into, "FILE", help);
    else
      declare.value(option, "FILE", "", help, [&into](const std::string& path) {
        into.clear();
        if (!path.empty()) into.push_back(path);
      });
  }
}

void heed_github(Options& options) {
  const char* action = std::getenv("GITHUB_ACTIONS");
  if (action && action == std::string_view("true")) options.github = true;
}

Outputs outputs_of(const Options& options) {
  Outputs outputs{options.outputs};
  outputs.rows = options.rows;
  outputs.shown = !options.quiet;
  if (!options.output_dir.empty())
    for (const auto& format : render::output_formats())
      if (!format.in_folder.empty()) {
        auto& paths = outputs.paths[std::string(format.name)];
        paths.insert(paths.begin(), std::filesystem::path(options.output_dir) / format.in_folder);
      }
  if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY");
      summary && *summary && options.github)
    outputs.github = summary;
  return outputs;
}

OutputErrors make_output_folder(const Options& options) {
  std::error_code error;
  if (!options.output_dir.empty()) std::filesystem::create_directories(options.output_dir, error);
  if (!error) return {};
  return {"cannot make the folder " + printable(options.output_dir) + ": " + error.message()};
}

std::size_t on_standard_output(const render::OutputPaths& paths) {
  std::size_t count = 0;
  for (const auto& [format, places] : paths)
    count += static_cast<std::size_t>(std::ranges::count(places, "-"));
  return count;
}

std::vector<std::string> files_of(const render::OutputPaths& paths) {
  const auto table = render::output_formats();
  std::vector<render::OutputFormat> formats(table.begin(), table.end());
  std::ranges::stable_sort(formats, {}, &render::OutputFormat::listed);
  std::vector<std::string> files;
  for (const auto& format : formats)
    if (const auto places = paths.find(format.name); places != paths.end())
      std::ranges::copy_if(places->second, std::back_inserter(files),
                           [](const std::string& path) { return path != "-"; });
  return files;
}

void print_summary(const Options& options, const summary::Report& report,
                   const std::vector<std::string>& files) {
  const bool to_stderr = on_standard_output(options.outputs) > 0;
  const auto terminal = look_at(to_stderr ? STDERR_FILENO : STDOUT_FILENO, options.color);
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
