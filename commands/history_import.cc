#include "commands/history_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/exit_status.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "commands/console.h"
#include "commands/joint_results.h"
#include "reports/history/history.h"
#include "reports/history/sqlite.h"
#include "reports/records/result_file.h"
#include "reports/records/result_reader.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {
namespace {

/// Takes one file's records, run by run.
class Importer {
 public:
  Importer(history::History& history, std::string name)
      : history_(history), name_(printable(std::move(name))) {}

  void begin(const probe::RunInfo& run) {
    if (open_ && run.run_id == open_->run_id) return;  // its scan was resumed
    finish();
    open_ = run;
    state_ = State::unwanted;
    if (history_.find(run.run_id)) return tell(": already present");
    const auto later = history_.later_run(run.vantage.value_or(""), run.started, wall_now());
    if (later) {
      refused_ = true;
      return tell(" is older than the history's last one, of " + to_rfc3339(*later) +
                  ": import into a new file, all at once");
    }
    history_.begin(run);
    state_ = State::wanted;
  }

  void add(const probe::HostResult& host) {
    if (!open_) ++strays_;
    if (open_ && state_ == State::wanted) history_.add(host);
  }

  void end(const probe::RunEnd& end) {
    if (!open_) ++strays_;
    if (open_ && state_ == State::wanted) {
      (void)history_.end(end);
      tell(": added");
    }
    open_.reset();
  }

  /// The file ends, or another run begins: what did not end is incomplete.
  void finish() {
    if (open_ && state_ == State::wanted) {
      (void)history_.end({});
      tell(": added, INCOMPLETE");
    }
    open_.reset();
  }

  /// Records that belong to no run.
  [[nodiscard]] std::uint64_t strays() const { return strays_; }
  [[nodiscard]] bool refused() const { return refused_; }
  /// Says something of the run that is open; the file's first one goes by the file's name.
  void tell(const std::string& what) {
    const bool first = std::exchange(told_, true) == false;
    say(first ? name_ + what : name_ + ", run " + printable(open_->run_id) + what);
  }

 private:
  enum class State : std::uint8_t { wanted, unwanted };

  history::History& history_;
  std::string name_;
  std::optional<probe::RunInfo> open_;
  State state_ = State::unwanted;
  std::uint64_t strays_ = 0;
  bool refused_ = false;
  bool told_ = false;
};

/// A file whose first run is known.
struct Source {
  std::string name;
  WallTime started;
  records::ResultFile* file;
};

/// @return when its first run started; nothing after saying why it is not known
std::optional<WallTime> first_start(records::ResultFile& file, const std::string& name) try {
  std::optional<WallTime> started;
  (void)file.read([&](records::Record&& record) {
    if (const auto* run = std::get_if<probe::RunInfo>(&record); run && !started)
      started = run->started;
  });
  if (!started) say(printable(name) + ": it contains no run");
  return started;
} catch (const std::system_error& error) {
  say(error.what());
  return std::nullopt;
}

/// @return the status that this file alone would lead to
int import_file(history::History& history, const Source& source) try {
  Importer importer(history, source.name);
  Joined joined(importer);
  const auto complaints = source.file->read(records::feed(joined));
  joined.finish();
  importer.finish();
  for (const auto& complaint : complaints) say(complaint);
  if (importer.strays() > 0)
    say(printable(source.name) + ": left out " + grouped(importer.strays()) +
        " of its records, which belong to no run");
  if (importer.refused()) return kExitUsage;
  return importer.strays() > 0 ? kExitUndecided : kExitPassed;
} catch (const history::SqliteError& error) {
  say(printable(source.name) + ": " + error.what());
  return error.unwritable() ? kExitOutput : kExitUsage;
} catch (const std::system_error& error) {
  say(error.what());
  return kExitUsage;
}

}  // namespace

int import_files(const std::string& db, const std::vector<std::string>& files) {
  std::deque<records::ResultFile> opened;
  std::vector<Source> sources;
  int status = kExitPassed;
  for (const auto& name : files) {
    auto& file = opened.emplace_back(name);
    if (const auto started = first_start(file, name))
      sources.push_back({name, *started, &file});
    else
      status = kExitUsage;
  }
  if (sources.empty()) return status;
  std::ranges::stable_sort(sources, {}, &Source::started);
  history::History history(db, history::History::Access::write);
  for (const auto& source : sources) {
    const int ended = import_file(history, source);
    if (status == kExitPassed || ended == kExitOutput) status = ended;
  }
  return status;
}

}  // namespace fleetscan::commands
