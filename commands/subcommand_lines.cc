#include "commands/subcommand_lines.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <optional>
#include <sstream>
#include <vector>

#include "base/escape.h"
#include "commands/option_declarer.h"
#include "commands/outputs.h"
#include "commands/usage.h"
#include "reports/summary/host_table.h"

namespace fleetscan::commands {
namespace {

constexpr std::size_t kMostRuns = 1'000'000;
constexpr unsigned kMostDays = 36'500;

}  // namespace

ReportLine::ReportLine() {
  OptionDeclarer declare(app);
  app.add_option("RESULTS", inputs, "results files, plain or gzipped; - is standard input")
      ->required();
  declare.text("-o,--output", options.output_dir, "DIR",
               "results.jsonl, report.json and report.html");
  declare_outputs(declare, options.outputs, true);
  declare.choice("--report-rows", {"auto", "all", "failed"}, 0, "which hosts a report lists",
                 [this](std::size_t index) { options.rows = static_cast<summary::Rows>(index); });
  declare.list("--fail-if", options.fail_if, "EXPR", "may be repeated [failing > 0]");
  declare.text("--baseline", options.baseline, "FILE", "failures to accept");
  declare.text("--ca", options.ca, "FILE", "keys of the authorities that sign host certificates");
  declare.text("--history", options.history, "DB", "compare with earlier runs; records nothing");
  declare.list("--doctor", options.doctors, "FILES",
               "records of fleetscan doctor --json, such as 'doctor/*.json'");
  declare.flag("--github", options.github, "step summary and annotations");
  app.footer("exit status: 0 all reached, 1 some failed, 2 not read, 3 incomplete, 4 not written");
}

MergeLine::MergeLine() {
  OptionDeclarer declare(app);
  app.add_option("RESULTS", inputs,
                 "results files, plain or gzipped, merged or not; - is standard input")
      ->required();
  declare.text("-o,--output", output, "FILE", "the merged file; - is standard output");
  app.get_option("--output")->required();
  declare.flag("-q,--quiet", quiet, "only what is wrong");
  app.footer(
      "exit status: 0 complete, 3 written but shards or targets are missing, 2 nothing written,\n"
      "4 the output could not be written");
}

CompareLine::CompareLine() {
  OptionDeclarer declare(app);
  app.add_option("RESULTS", inputs, "two or more results files, the oldest first")
      ->required()
      ->expected(1, 1000);
  declare.text("--json", json, "FILE", "the comparison as one JSON document; - is standard output");
  declare.text("--html", html, "FILE", "the comparison as one page");
  declare.flag("-q,--quiet", quiet, "print nothing; the exit status tells");
  app.footer("exit status: 0 the same, 1 different, 2 not compared, 4 an output is not written");
}

ForecastLine::ForecastLine() {
  OptionDeclarer declare(app);
  app.add_option("RESULTS", inputs, "results files, plain or gzipped; - is standard input")
      ->required();
  declare.list("--client", clients, "ID,ID", "clients by name, such as openssh-10.6 [all]");
  declare.text("--client-kexinit", client_kexinit, "FILE",
               "a client of your own: what ssh -vv HOST printed");
  declare.text("--csv", csv, "FILE", "a row for each host and client that breaks there");
  declare.text("--json", json, "FILE", "the forecast as one JSON document; - is standard output");
  declare.list("--fail-if", fail_if, "EXPR", "such as forecast.openssh-10.6.breaks > 0");
  declare.flag("-q,--quiet", quiet, "print nothing; the exit status tells");
  app.footer("exit status: 0 written, 1 a --fail-if holds, 2 not read, 4 not written");
}

DoctorLine::DoctorLine() {
  OptionDeclarer declare(app);
  app.add_option("HOST", host, "as the results name it");
  declare.flag("--run", run, "run it here instead of printing it");
  declare.text("--for", results, "RESULTS", "what a scan saw of HOST: the class and its suspects");
  declare.number("--port", port, 1, 65535, "the port [of the record, or 22]");
  declare.text("--address", address, "ADDRESS", "of the host [of the record, or any]");
  declare.text("--from", client, "ADDRESS", "this machine's, as the host sees it [by the route]");
  declare.flag("--json", json, "the script prints a record for fleetscan report --doctor");
  app.footer(
      "exit status: 0 printed, 2 not printed; with --run 0 nothing found, 1 a cause is named");
}

KeysLine::KeysLine() {
  OptionDeclarer declare(app);
  app.add_option("RESULTS", inputs, "results files, plain or gzipped; - is standard input")
      ->required();
  declare.text("-o,--output", output, "FILE", "where to write them; - is standard output [-]");
  declare.flag("--hash", hash, "hash the names, as HashKnownHosts does");
  declare.flag("--sshfp", sshfp, "SSHFP records for a zone file, of hosts with a name");
  declare.flag("--sha1", sha1, "with --sshfp: also digests for old clients");
  declare.flag("--ansible", ansible, "a task of Ansible's module known_hosts");
  declare.flag("--json", as_json, "one JSON document, with what is missing");
  const std::vector<std::string> forms{"--sshfp", "--ansible", "--json"};
  for (const auto& form : forms)
    for (const auto& other : forms)
      if (form != other) app.get_option(form)->excludes(app.get_option(other));
  app.get_option("--sha1")->needs(app.get_option("--sshfp"));
  app.get_option("--hash")->excludes(app.get_option("--sshfp"))->excludes(app.get_option("--json"));
  app.footer(
      "exit status: 0 all written, 1 keys are missing, 2 not read, 3 a run is incomplete, 4 not "
      "written");
}

HistoryLine::HistoryLine() {
  app.require_subcommand(1);
  const auto command = [&](const char* name, const char* text) {
    auto* sub = app.add_subcommand(name, text);
    OptionDeclarer(*sub).text("--db", db, "DB", "the file that --history names");
    sub->get_option("--db")->required();
    return sub;
  };
  auto* list = command("list", "the newest runs, with their counts");
  auto* trend = command("trend", "how many hosts failed in the newest runs, as bars");
  for (auto* sub : {list, trend}) {
    OptionDeclarer declare(*sub);
    declare.text("--vantage", vantage, "NAME", "only runs from this vantage");
    declare.number("--limit", limit, 1, kMostRuns, "how many runs");
  }
  auto* show = command("show", "what one run changed");
  show->add_option("RUN", run, "its number in the list; the last one by default");
  auto* host = command("host", "everything that is known about one host");
  host->add_option("TARGET", target, "host:port, or host for all of its ports")->required();
  for (auto* sub : {list, trend, show, host})
    OptionDeclarer(*sub).flag("--json", as_json, "the same as JSON, with all that is known");
  auto* import = command("import", "add runs from results files, oldest first");
  import->add_option("RESULTS", files, "results files, plain or gzipped")->required();
  auto* prune = command("prune", "remove old runs");
  OptionDeclarer(*prune).value(
      "--days", "N", "", "how many days to keep",
      [this](const auto& text) { days = parse_number("--days", text, 1U, kMostDays); });
  prune->get_option("--days")->required();
}

std::optional<Instead> parse(CLI::App& app, std::vector<std::string> arguments) {
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    std::ostringstream help, fault;
    if (app.exit(error, help, fault) == 0) return Instead{0, help.str()};
    // A mistyped option may be the one that is missing.
    const bool all_known = app.remaining(true).empty();
    return usage_error(app.get_name(), all_known ? printable(error.what()) : unknown_words(app));
  }
  return std::nullopt;
}

}  // namespace fleetscan::commands
