#pragma once
// What follows `fleetscan report`, `merge`, `compare`, `forecast`, `doctor`, `keys` and `history`:
// declared once, read by the commands and by the shells' completions.

#include <CLI/App.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/options.h"
#include "commands/usage.h"

namespace fleetscan::commands {

// Each parses into the fields beside its `app`, and therefore stays where it was made.

struct ReportLine {
  ReportLine();

  CLI::App app{"Renders reports again from results files. Sends no packet.", "fleetscan report"};
  std::vector<std::string> inputs;
  Options options;  ///< of which outputs and rules are set: output_dir, fail_if, baseline...
};

struct MergeLine {
  MergeLine();

  CLI::App app{
      "Joins the results of one scan's shards, or of its repetitions, into one file. Sends no "
      "packet.\nOf two results of one target the newer counts.",
      "fleetscan merge"};
  std::vector<std::string> inputs;
  std::string output;
  bool quiet = false;
};

struct CompareLine {
  CompareLine();

  CLI::App app{"Says what differs between results files: runs, or vantages. Sends no packet.",
               "fleetscan compare"};
  std::vector<std::string> inputs;
  std::string json, html;
  bool quiet = false;
};

struct ForecastLine {
  ForecastLine();

  CLI::App app{
      "Says which SSH clients can still connect to the hosts of results files, with what "
      "doubts,\nand what repairs the rest. Sends no packet.",
      "fleetscan forecast"};
  std::vector<std::string> inputs;
  std::vector<std::string> clients;  ///< each an id, or several with commas between
  std::vector<std::string> fail_if;
  std::string csv, json, client_kexinit;
  bool quiet = false;
};

struct DoctorLine {
  DoctorLine();

  CLI::App app{
      "Prints a script in POSIX sh that finds out, on a failing host itself, why it does not serve "
      "SSH.\nThe script changes nothing and ends within ten seconds; fleetscan doctor | ssh HOST "
      "sudo sh",
      "fleetscan doctor"};
  std::string host, results;  ///< `results`: of --for, which has `host`
  std::string address, client;
  unsigned port = 0;  ///< 0: that of the record, or 22
  bool run = false, json = false;
};

struct KeysLine {
  KeysLine();

  CLI::App app{
      "Prints the host keys that servers proved, as known_hosts lines unless another form is asked "
      "for.\nSends no packet. Keys that are missing are told on standard error.",
      "fleetscan keys"};
  std::vector<std::string> inputs;
  std::string output = "-";
  bool hash = false, sshfp = false, sha1 = false, ansible = false, as_json = false;
};

struct HistoryLine {
  HistoryLine();

  /// "list", "trend", "show", "host", "import" or "prune", once parsed.
  [[nodiscard]] std::string command() const { return app.get_subcommands().front()->get_name(); }

  CLI::App app{"What earlier runs said. Sends no packet.", "fleetscan history"};
  std::string db, target, vantage;
  std::vector<std::string> files;
  std::int64_t run = 0;  ///< 0: the last one
  std::size_t limit = 30;
  unsigned days = 0;
  bool as_json = false;
};

/// @param arguments  those behind the command's name
/// @return what to say instead, if `app` cannot go on: its help, or what is wrong
[[nodiscard]] std::optional<Instead> parse(CLI::App& app, std::vector<std::string> arguments);

}  // namespace fleetscan::commands
