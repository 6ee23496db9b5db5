#pragma once
// The command line as a value. Nothing here reads a file, the environment or a clock.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "inventory/inventory.h"
#include "scanner/configuration.h"
#include "scanner/probe_settings.h"
#include "scanner/resolver_settings.h"
#include "scanner/scan_plan.h"

namespace fleetscan {

enum class Command : std::uint8_t {
  scan,     ///< the default
  targets,  ///< print what would be probed
  explain,  ///< say what a class or a cause means
};

/// Where and how things are shown; `automatic` depends on what a stream is connected to.
enum class Color : std::uint8_t { automatic, always, never };
enum class ProgressStyle : std::uint8_t { automatic, bar, plain, none };
enum class ReportRows : std::uint8_t { automatic, all, failed };

struct Options {
  Command command = Command::scan;
  std::string explain = {};  ///< the class or cause; "" for the list of all
  InventoryOptions inventory = {};
  ResolverSettings resolver = {};
  ProbeSettings probe = {};
  ScanLimits limits = {};  ///< but for its deadline: a command line knows no moments
  unsigned threads = 0;    ///< that probe; 0 = as many as pay
  std::optional<std::chrono::milliseconds> deadline = {};
  std::string known_hosts = {};

  // Outputs: a path, "-" for standard output, "" for not wanted.
  std::string output_dir = {};
  std::string jsonl = {};
  std::string json = {};
  std::string html = {};
  std::string csv = {};
  std::string junit = {};
  std::string prometheus = {};
  bool github = false;  ///< a step summary and annotations for GitHub Actions
  ReportRows rows = ReportRows::automatic;

  /// All of these places but the folder.
  [[nodiscard]] std::array<std::string, 6> places() const {
    return {jsonl, json, html, csv, junit, prometheus};
  }

  Color color = Color::automatic;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  unsigned verbose = 0;
  bool exit_zero = false;
  bool allow_empty = false;

  // Gate and runs. Paths are empty where something is not wanted.
  std::vector<std::string> fail_if = {};  ///< empty: "failing > 0"
  std::string baseline = {};
  bool update_baseline = false;
  std::string history = {};
  std::string vantage = {};
  std::string resume = {};
  std::string lock = {};
  bool cron = false;
  bool no_confirm = false;
  std::uint64_t keep = 0;  ///< runs in output_dir; 0: there is but one, in place

  // Where settings came from, beside the command line.
  std::string config = {};
  bool no_config = false;
};

/// What to say instead of running, and with which exit status.
struct Instead {
  int status = 0;  ///< 0: `text` is for standard output; 2: for standard error
  std::string text;
};

/// Asked for by `--version`; the caller knows the libraries.
struct ShowVersion {};

/// @param arguments  without the program's name
/// @param layers  further settings, the strongest first. One that a stronger place has set is
///     ignored there, but for what is excluded: exclusions add up.
[[nodiscard]] std::variant<Options, Instead, ShowVersion> parse_options(
    const std::vector<std::string>& arguments, const std::vector<ConfigLayer>& layers = {});

/// The long names of all options, but for those that only a command line can give.
[[nodiscard]] std::vector<std::string> option_names();

/// The effective values by long option name, of those that shape a result: for the run record.
[[nodiscard]] std::map<std::string, std::string> effective_options(const Options& options);

/// Reads "90", "90s", "15m", "2h" or "1h30m"; nothing if it is none or longer than a year.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The candidate that `word` was probably meant to be; nothing if none is close.
[[nodiscard]] std::optional<std::string> closest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

}  // namespace fleetscan
