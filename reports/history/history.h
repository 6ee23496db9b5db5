#pragma once
// History keeps earlier runs in one SQLite file: who has failed since when, who
// recovered, what changed.
//
// The file's tables and views are described in history_schema.h. All of it can be rebuilt from
// results files.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "reports/history/sqlite.h"
#include "reports/summary/past.h"
#include "reports/summary/subnet_tree.h"
#include "scanner/probe/result.h"

namespace fleetscan::history {

/// A host flaps when it began or ceased to fail at least kFlapStart times within the last
/// kFlapWindow complete runs, and does so until at most kFlapEnd of those changes are left.
inline constexpr int kFlapWindow = 21;
inline constexpr int kFlapStart = 4;
inline constexpr int kFlapEnd = 1;
/// A subnet of fewer hosts is not said to have gone dark.
inline constexpr int kMinDarkHosts = 3;

struct RecordedRun {
  std::int64_t id = 0;  ///< counts up in order of time, per vantage
  std::string run_id;
  std::string vantage;  ///< "" when none was named
  WallTime started;
  std::chrono::milliseconds duration{0};
  bool complete = false;
  std::uint64_t targets = 0;
  summary::Tally tally;
  std::uint64_t fresh = 0;
  std::uint64_t recovered = 0;
};

/// What one target was like, from one run to another.
struct HostInterval {
  std::string vantage;
  std::string what;  ///< a class, a key ("ssh-ed25519 SHA256:..."), an identification
  WallTime from;
  std::optional<WallTime> until;  ///< the run that saw something else; nothing: still so
};

struct HostHistory {
  std::vector<HostInterval> states, keys, software;  ///< by vantage, oldest first
  std::vector<HostInterval> absences;                ///< from the inventory
};

/// Records one run at a time: begin(), add() for each host, end(). Everything throws SqliteError.
class History {
 public:
  enum class Access : std::uint8_t { read, write };
  History(const std::string& path, Access access);

  /// A run that was begun and not ended is forgotten.
  void begin(const probe::RunInfo& run);
  /// Takes the result down beside the file: nothing is locked meanwhile.
  void add(const probe::HostResult& result);
  /// Writes the run. Its hosts count only if it was complete, and no shard. Runs follow each other
  /// as they are written, whatever their clocks said.
  /// @return its id. @throws SqliteError also when the file has it already
  std::int64_t end(const probe::RunEnd& end);

  /// The id of a run that the file has; nothing for another one.
  [[nodiscard]] std::optional<std::int64_t> find(const std::string& run_id);
  /// When the vantage's latest run started, if that was after `started`. Runs whose clock was ahead
  /// of `now` do not count.
  [[nodiscard]] std::optional<WallTime> later_run(const std::string& vantage, WallTime started,
                                                  WallTime now);
  /// Whether this target failed when it was last looked at; nothing for one never seen.
  [[nodiscard]] std::optional<bool> failed(const std::string& vantage, const std::string& target);

  /// How a complete run differs from those before it. Who flaps, and each one's course, is known of
  /// the vantage's last run alone.
  /// @param trend  how many runs back, itself included
  [[nodiscard]] summary::Past past(std::int64_t run, std::size_t trend = 30);
  /// Nothing if there is no such run.
  [[nodiscard]] std::optional<RecordedRun> run(std::int64_t id);
  /// Whether no complete run of its vantage came after it.
  [[nodiscard]] bool is_latest(std::int64_t run) { return !is_one("complete AND id > ?1", run); }
  /// The newest `limit` runs, oldest first.
  /// @param vantage  nothing: of all
  [[nodiscard]] std::vector<RecordedRun> runs(const std::optional<std::string>& vantage = {},
                                              std::size_t limit = 30);
  /// The targets on that host, whatever their ports, by name.
  [[nodiscard]] std::vector<std::string> targets_of(const std::string& host);
  /// An interval ends where its host leaves the inventory for good.
  [[nodiscard]] HostHistory host(const std::string& target);

  /// Forgets runs that started before `when`, but for each vantage's last complete one. A run whose
  /// clock was ahead of `now`, or behind an earlier run's, is as old as the one before it.
  /// @return how many
  std::uint64_t prune(WallTime when, WallTime now);

 private:
  [[nodiscard]] std::vector<RecordedRun> runs_where(const std::string& condition,
                                                    std::int64_t value, std::size_t limit);
  [[nodiscard]] std::vector<std::string> names(std::string_view sql, std::int64_t value);
  /// Whether a run of the same vantage fulfills the condition.
  [[nodiscard]] bool is_one(const std::string& condition, std::int64_t run);
  void add_changes(summary::Past& past, std::int64_t run);
  void add_failing_then(summary::Past& past, std::int64_t run);
  void add_courses(summary::Past& past, std::int64_t run);
  [[nodiscard]] std::int64_t vantage_id(const std::string& name);
  std::int64_t insert_run(std::int64_t vantage, const probe::RunEnd& end, bool complete);

  Database database_;
  std::array<std::int64_t, 256> class_ids_{};  ///< by outcome
  std::optional<Statement> add_;
  probe::RunInfo run_;
  summary::Tally tally_;
};

}  // namespace fleetscan::history
