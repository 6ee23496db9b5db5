#include "commands/history_command.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/exit_status.h"
#include "base/json_writer.h"
#include "base/numbers.h"
#include "base/output_file.h"
#include "base/wall_time.h"
#include "commands/console.h"
#include "commands/history_import.h"
#include "commands/subcommand_lines.h"
#include "reports/history/history.h"
#include "reports/history/sqlite.h"
#include "reports/render/name_folding.h"
#include "reports/summary/past.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::commands {
namespace {

constexpr std::size_t kLineWidth = 100;

std::string run_line(const history::RecordedRun& run) {
  return fmt::format("{:>6}  {}  {:<12}  {:>9} hosts  {:>7} fail  {:>6} new  {:>6} recovered{}\n",
                     run.id, to_rfc3339(run.started), printable(run.vantage),
                     grouped(run.tally.hosts()), grouped(run.tally.failing()), grouped(run.fresh),
                     grouped(run.recovered), run.complete ? "" : "  INCOMPLETE");
}

void append_names(std::string& out, std::string_view what, const std::vector<std::string>& names) {
  if (!names.empty())
    out += fmt::format("{:<18} {:>7}  {}\n", what, grouped(names.size()),
                       render::folded_line(names, kLineWidth));
}

std::string changes(const history::RecordedRun& run, const summary::Past& past) {
  auto out = run_line(run);
  if (!run.complete) return out + "an incomplete run is not compared\n";
  append_names(out, "newly failing", past.fresh);
  append_names(out, "recovered", past.recovered);
  append_names(out, "gone dark", past.dark);
  append_names(out, "host key changed", past.key_changed);
  append_names(out, "software changed", past.software_changed);
  append_names(out, "flapping now", past.flapping);
  return out + fmt::format("{:<18} {:>7}\n", "failing now", grouped(past.failing_since.size()));
}

void append_intervals(std::string& out, std::string_view title,
                      const std::vector<history::HostInterval>& intervals) {
  for (const auto& each : intervals)
    out += fmt::format(
        "{:<9} {:<10} {}  {}  {}\n", title, printable(each.vantage), to_rfc3339(each.from),
        each.until ? to_rfc3339(*each.until) : "until now               ", printable(each.what));
}

std::string trend(const std::vector<history::RecordedRun>& runs, bool as_json) {
  std::string out;
  if (!as_json) {
    for (const auto& run : runs) out += run_line(run);
    return out;
  }
  JsonWriter json(out);
  json.begin_array();
  for (const auto& run : runs) {
    json.begin_object().key("id").number(run.id).key("run_id").string(run.run_id);
    json.key("vantage").string(run.vantage).key("started").string(to_rfc3339(run.started));
    json.key("complete").boolean(run.complete).key("hosts").number(run.tally.hosts());
    json.key("failing").number(run.tally.failing()).key("new").number(run.fresh);
    json.key("recovered").number(run.recovered).key("classes").begin_object();
    for (const auto& [outcome, count] : run.tally.classes())
      json.key(probe::to_string(outcome)).number(count);
    json.end_object().end_object();
  }
  json.end_array();
  return out += '\n';
}

int show(history::History& history, std::int64_t id) {
  if (id == 0) {
    const auto last = history.runs({}, 1);
    id = last.empty() ? 0 : last.front().id;
  }
  const auto run = history.run(id);
  if (!run) {
    say("the history has no such run; see fleetscan history list");
    return kExitUsage;
  }
  write_report("-", changes(*run, history.past(id)));
  return 0;
}

int show_host(history::History& history, std::string target) {
  if (target.find(':') == std::string::npos) target += ":22";
  const auto host = history.host(target);
  if (host.states.empty()) {
    say("the history does not know " + printable(target));
    return kExitUsage;
  }
  std::string out;
  append_intervals(out, "state", host.states);
  append_intervals(out, "host key", host.keys);
  append_intervals(out, "software", host.software);
  write_report("-", out);
  return 0;
}

int prune(history::History& history, unsigned days) {
  const auto now = wall_now();
  say(counted(history.prune(now - std::chrono::days(days), now), "run", "removed"));
  return 0;
}

}  // namespace

int run_history(std::vector<std::string> arguments) {
  HistoryLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  const auto command = line.command();
  try {
    if (command == "import") return import_files(line.db, line.files);
    history::History history(line.db, command == "prune" ? history::History::Access::write
                                                         : history::History::Access::read);
    if (command == "show") return show(history, line.run);
    if (command == "host") return show_host(history, line.target);
    if (command == "prune") return prune(history, line.days);
    const auto from = line.vantage.empty() ? std::nullopt : std::optional(line.vantage);
    write_report("-", trend(history.runs(from, line.limit), line.as_json));
    return 0;
  } catch (const history::SqliteError& error) {
    say(error.what());
    return kExitUsage;
  } catch (const std::system_error& error) {
    say(error.what());
    return command == "import" ? kExitUsage : kExitOutput;
  }
}

}  // namespace fleetscan::commands
