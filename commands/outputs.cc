#include "commands/outputs.h"

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
#include "commands/console.h"
#include "commands/option_declarer.h"
#include "commands/options.h"
#include "commands/report_set.h"
#include "commands/terminal.h"
#include "reports/render/formats.h"
#include "reports/render/github_summary.h"
#include "reports/render/host_lines.h"
#include "reports/render/mail.h"
#include "reports/render/terminal_summary.h"
#include "reports/render/text_page.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"

namespace fleetscan::commands {
namespace {

/// What the mail is about: the vantage, or else the inventory.
std::string place_of(const Options& options) {
  if (!options.vantage.empty()) return options.vantage;
  const auto& targets = options.inventory.targets;
  return targets.at(0) + (targets.size() > 1 ? " ..." : "");
}

/// The report that people open, or else all files; as absolute paths.
std::vector<std::string> files_to_mail(const std::vector<std::string>& files) {
  std::vector<std::string> chosen;
  std::ranges::copy_if(files, std::back_inserter(chosen),
                       [](const std::string& file) { return file.ends_with(".html"); });
  if (chosen.empty()) chosen = files;
  for (auto& file : chosen) file = std::filesystem::absolute(file).lexically_normal();
  return chosen;
}

/// Failing hosts, and why the run has its verdict where they do not tell.
std::string quiet_text(const summary::Report& report) {
  const auto text = render::failing_targets(report);
  if (text.empty() || report.gate.verdict == summary::GateVerdict::incomplete)
    say(std::string(summary::to_string(report.gate.verdict)) + "  " +
        printable(report.gate.reason));
  return text;
}

std::string text_for(const Options& options, const summary::Report& report,
                     const render::TerminalStyle& style, const std::vector<std::string>& files,
                     const std::string& next) {
  if (options.cron)
    return render::mail(report, place_of(options), files_to_mail(files), style.unicode);
  if (options.quiet) return quiet_text(report);
  const auto hosts = options.verbose > 0 ? render::failing_hosts(report, style) : std::string();
  return hosts + (hosts.empty() ? "" : "\n") + render::terminal_summary(report, style, files, next);
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
                   const std::vector<std::string>& files, const std::string& next) {
  const bool to_stderr = on_standard_output(options.outputs) > 0;
  const auto terminal = look_at(to_stderr ? STDERR_FILENO : STDOUT_FILENO, options.color);
  const auto text =
      text_for(options, report, {terminal.color, terminal.unicode, terminal.width}, files, next) +
      (options.github ? render::github_annotations(report) : "");
  if (to_stderr) {
    std::fputs(text.c_str(), stderr);
    return;
  }
  std::fflush(stdout);  // what --verbose has printed comes first
  write_report("-", text);
}

}  // namespace fleetscan::commands
