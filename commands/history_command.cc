#include "commands/history_command.h"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/exit_status.h"
#include "base/numbers.h"
#include "base/output_file.h"
#include "commands/console.h"
#include "commands/history_import.h"
#include "commands/history_text.h"
#include "commands/options.h"
#include "commands/subcommand_lines.h"
#include "commands/terminal.h"
#include "reports/history/history.h"
#include "reports/history/sqlite.h"

namespace fleetscan::commands {
namespace {

int show(history::History& history, std::int64_t id, bool as_json) {
  if (id == 0) {
    const auto last = history.runs({}, 1);
    id = last.empty() ? 0 : last.front().id;
  }
  const auto run = history.run(id);
  if (!run) {
    say("the history has no such run; see fleetscan history list");
    return kExitUsage;
  }
  const auto past = history.past(id);
  const auto terminal = look_at(STDOUT_FILENO, Color::never);
  write_report("-", as_json ? changes_json(*run, past)
                            : changes_text(*run, past, history.is_latest(id),
                                           {.unicode = terminal.unicode, .width = terminal.width}));
  return 0;
}

int show_host(history::History& history, const std::string& word, bool as_json) {
  auto targets = history.targets_of(word);
  if (targets.empty()) targets.push_back(word);
  std::string out;
  for (const auto& target : targets) {
    const auto host = history.host(target);
    if (host.states.empty()) {
      say("the history does not know " + printable(word));
      return kExitUsage;
    }
    out += as_json ? host_json(target, host) : host_text(target, host);
  }
  as_json ? write_report("-", out) : print_page(out);
  return 0;
}

/// A file that is not there is no history, and is not made by asking it.
void require(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown)
    throw history::SqliteError(printable(path) + ": no such file");
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
    require(line.db);
    history::History history(line.db, command == "prune" ? history::History::Access::write
                                                         : history::History::Access::read);
    if (command == "show") return show(history, line.run, line.as_json);
    if (command == "host") return show_host(history, line.target, line.as_json);
    if (command == "prune") return prune(history, line.days);
    const auto from = line.vantage.empty() ? std::nullopt : std::optional(line.vantage);
    const auto runs = history.runs(from, line.limit);
    const bool heading = look_at(STDOUT_FILENO, Color::never).width > 0;
    if (line.as_json)
      write_report("-", runs_json(runs));
    else
      print_page(command == "list" ? runs_text(runs, heading) : trend_text(runs, heading));
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
