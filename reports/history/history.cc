#include "reports/history/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/prefix.h"
#include "reports/history/history_schema.h"
#include "reports/history/history_update.h"
#include "reports/history/sqlite.h"
#include "reports/records/result_lines.h"
#include "reports/summary/past.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::history {
namespace {

constexpr std::string_view kKeyPrefix = "SHA256:";

std::int64_t millis(WallTime time) { return time.time_since_epoch().count(); }
WallTime wall_time(std::int64_t value) { return WallTime(std::chrono::milliseconds(value)); }

}  // namespace

History::History(const std::string& path, Access access)
    : database_(path, access == Access::write) {
  try {
    access == Access::write ? migrate_history(database_) : check_history(database_);
  } catch (const SqliteError& error) {
    const std::string what = error.what();
    throw SqliteError(what.starts_with(path) ? what : path + ": " + what, error.code);
  }
  Statement classes(database_, "SELECT name, id FROM class");
  while (classes.step())
    if (const auto outcome = probe::parse_outcome(classes.text(0)))
      class_ids_[static_cast<std::size_t>(*outcome)] = classes.integer(1);
}

void History::begin(const probe::RunInfo& run) {
  run_ = run;
  tally_ = {};
  add_.reset();
  database_.roll_back();
  database_.execute(
      "DROP TABLE IF EXISTS temp.seen;"
      "CREATE TEMP TABLE seen(name TEXT PRIMARY KEY, class_id INTEGER NOT NULL,"
      "  known INTEGER NOT NULL, subnet TEXT, key_type TEXT, key_sha256 TEXT, ident TEXT)"
      "  WITHOUT ROWID;"
      "PRAGMA temp.cache_size = -16000");
  add_.emplace(database_, "INSERT OR REPLACE INTO temp.seen VALUES(?, ?, ?, ?, ?, ?, ?)");
  database_.execute("BEGIN");  // touches nothing but the temporary table
}

void History::add(const probe::HostResult& result) {
  tally_.add(result.outcome);
  const auto state = result.state();
  const auto* attempt = result.decisive();
  std::optional<std::string> subnet, key_type, key_sha256, ident;
  if (const auto address = records::address_of(result)) subnet = subnet_of(*address).to_string();
  if (attempt) {
    ident = attempt->evidence.ident_line;
    const auto& key = attempt->evidence.host_key;
    if (key && key->verified && key->sha256.starts_with(kKeyPrefix)) {
      key_type = key->type;
      key_sha256 = key->sha256.substr(kKeyPrefix.size());
    }
  }
  add_->run(result.target.name(), class_ids_[static_cast<std::size_t>(result.outcome)],
            state != probe::State::unknown && state != probe::State::skipped, subnet, key_type,
            key_sha256, ident);
}

std::int64_t History::end(const probe::RunEnd& end) {
  add_.reset();
  database_.execute("COMMIT");
  const bool complete = end.complete && !run_.shard && tally_.hosts() >= run_.targets;
  Transaction transaction(database_);
  const auto vantage = vantage_id(run_.vantage.value_or(""));
  const auto id = insert_run(vantage, end, complete);
  if (complete) apply_run(database_, vantage, id);
  transaction.commit();
  database_.execute("DROP TABLE temp.seen");
  return id;
}

std::int64_t History::vantage_id(const std::string& name) {
  Statement(database_, "INSERT OR IGNORE INTO vantage(name) VALUES(?)").run(name);
  Statement find(database_, "SELECT id FROM vantage WHERE name = ?");
  return find.bind(name).step() ? find.integer(0) : 0;
}

std::int64_t History::insert_run(std::int64_t vantage, const probe::RunEnd& end, bool complete) {
  // An incomplete run that was resumed is the same run.
  Statement(database_,
            "DELETE FROM run_class WHERE run_id IN"
            "  (SELECT id FROM run WHERE run_id = ? AND NOT complete)")
      .run(run_.run_id);
  Statement(database_, "DELETE FROM run WHERE run_id = ? AND NOT complete").run(run_.run_id);
  if (find(run_.run_id)) throw SqliteError("run " + run_.run_id + " is already in the history");
  Statement(database_,
            "INSERT INTO run(run_id, vantage_id, started_ms, duration_ms, complete, targets,"
            "  inventory_sha256, tool) VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
      .run(run_.run_id, vantage, millis(run_.started), end.duration.count(), complete, run_.targets,
           run_.inventory_sha256, run_.tool);
  const auto id = database_.last_insert_id();
  Statement count(database_, "INSERT INTO run_class VALUES(?, ?, ?)");
  for (const auto& [outcome, hosts] : tally_.classes())
    count.run(id, class_ids_[static_cast<std::size_t>(outcome)], hosts);
  return id;
}

std::optional<std::int64_t> History::find(const std::string& run_id) {
  Statement found(database_, "SELECT id FROM run WHERE run_id = ?");
  if (!found.bind(run_id).step()) return std::nullopt;
  return found.integer(0);
}

std::optional<WallTime> History::later_run(const std::string& vantage, WallTime started,
                                           WallTime now) {
  Statement later(database_,
                  "SELECT max(started_ms) FROM run JOIN vantage v ON v.id = vantage_id"
                  "  WHERE v.name = ? AND started_ms > ? AND started_ms <= ?");
  if (!later.bind(vantage, millis(started), millis(now)).step() || later.null(0))
    return std::nullopt;
  return wall_time(later.integer(0));
}

std::optional<bool> History::failed(const std::string& vantage, const std::string& target) {
  Statement find(database_,
                 "SELECT t.failing_since IS NOT NULL FROM target t JOIN vantage v"
                 "  ON v.id = t.vantage_id WHERE v.name = ? AND t.name = ?");
  if (!find.bind(vantage, target).step()) return std::nullopt;
  return find.integer(0) != 0;
}

std::vector<std::string> History::names(std::string_view sql, std::int64_t value) {
  std::vector<std::string> found;
  Statement statement(database_, sql);
  statement.bind(value);
  while (statement.step()) found.push_back(statement.text(0));
  return found;
}

summary::Past History::past(std::int64_t id, std::size_t trend) {
  summary::Past past;
  const auto of = run(id);
  if (!of) return past;
  for (const auto& each : runs_where(
           "complete AND r.id <= ?1 AND r.vantage_id = (SELECT vantage_id FROM run WHERE id = ?1)",
           id, trend))
    past.runs.push_back({each.started, each.tally, each.fresh, each.recovered});
  past.first = !is_one("complete AND id < ?1", id);
  if (!past.first) add_changes(past, id);
  if (!is_latest(id)) {
    add_failing_then(past, id);
    return past;
  }
  // Sorted here: to have them in order SQLite would look at every target.
  Statement flapping(database_, "SELECT target FROM v_flapping WHERE vantage = ?");
  flapping.bind(of->vantage);
  while (flapping.step()) past.flapping.push_back(flapping.text(0));
  std::ranges::sort(past.flapping);
  Statement failing(database_,
                    "SELECT t.name, r.started_ms FROM target t JOIN run r ON r.id = t.failing_since"
                    "  WHERE t.failing_since IS NOT NULL AND t.missing_since IS NULL"
                    "    AND t.vantage_id = (SELECT vantage_id FROM run WHERE id = ?)");
  failing.bind(id);
  while (failing.step()) past.failing_since.emplace(failing.text(0), wall_time(failing.integer(1)));
  add_courses(past, id);
  return past;
}

bool History::is_one(const std::string& condition, std::int64_t run) {
  Statement one(database_,
                "SELECT 1 FROM run WHERE vantage_id = (SELECT vantage_id FROM run WHERE id = ?1)"
                "  AND " +
                    condition + " LIMIT 1");
  return one.bind(run).step();
}

void History::add_changes(summary::Past& past, std::int64_t run) {
  past.fresh = names("SELECT target FROM v_new_failure WHERE run = ? ORDER BY 1", run);
  past.recovered = names("SELECT target FROM v_recovered WHERE run = ? ORDER BY 1", run);
  past.key_changed = names("SELECT target FROM v_host_key_change WHERE run = ? ORDER BY 1", run);
  past.software_changed =
      names("SELECT target FROM v_software_change WHERE run = ? ORDER BY 1", run);
  past.added = names("SELECT target FROM v_added WHERE run = ? ORDER BY 1", run);
  past.removed = names("SELECT target FROM v_removed WHERE run = ? ORDER BY 1", run);
  past.dark = names("SELECT prefix FROM v_dark_subnet WHERE run = ? ORDER BY 1", run);
}

// Who failed in an earlier run, and since when: a walk through all intervals up to it.
void History::add_failing_then(summary::Past& past, std::int64_t run) {
  std::map<std::int64_t, WallTime> started;
  Statement runs(database_, "SELECT id, started_ms FROM run");
  while (runs.step()) started.emplace(runs.integer(0), wall_time(runs.integer(1)));
  Statement spans(database_,
                  "SELECT t.name, s.from_run, k.failing FROM v_state s"
                  "    JOIN target t ON t.id = s.target_id JOIN class k ON k.id = s.class_id"
                  "  WHERE t.vantage_id = (SELECT vantage_id FROM run WHERE id = ?1)"
                  "    AND s.from_run <= ?1 AND t.id NOT IN (SELECT target_id FROM v_absence"
                  "      WHERE from_run <= ?1 AND (to_run IS NULL OR to_run > ?1))"
                  "  ORDER BY t.id, s.from_run");
  spans.bind(run);
  while (spans.step()) {
    const auto from = started.find(spans.integer(1));
    if (spans.integer(2) == 0)
      past.failing_since.erase(spans.text(0));
    else if (from != started.end())
      past.failing_since.emplace(spans.text(0), from->second);  // unless it failed before
  }
}

void History::add_courses(summary::Past& past, std::int64_t run) {
  std::vector<std::int64_t> window;  // newest first
  Statement runs(database_,
                 "SELECT id FROM run WHERE complete AND id <= ?1"
                 "  AND vantage_id = (SELECT vantage_id FROM run WHERE id = ?1)"
                 "  ORDER BY id DESC LIMIT ?2");
  runs.bind(run, kFlapWindow);
  while (runs.step()) window.push_back(runs.integer(0));
  if (window.empty()) return;
  std::ranges::reverse(window);
  // Not by way of v_state: asked for some targets, it is still made for all of them.
  Statement spans(database_,
                  "WITH wanted AS MATERIALIZED ("
                  "  SELECT id, name, class_id, class_since, missing_since FROM target"
                  "  WHERE vantage_id = (SELECT vantage_id FROM run WHERE id = ?1) AND id IN ("
                  "    SELECT id FROM target WHERE failing_since IS NOT NULL"
                  "    UNION SELECT id FROM target WHERE flapping"
                  "    UNION SELECT id FROM target WHERE class_since = ?1))"
                  "SELECT t.name, s.from_run, s.to_run, k.failing FROM wanted t"
                  "    CROSS JOIN state_span s ON s.target_id = t.id"
                  "    JOIN class k ON k.id = s.class_id WHERE s.to_run > ?2"
                  "  UNION ALL SELECT t.name, t.class_since, t.missing_since, k.failing"
                  "    FROM wanted t JOIN class k ON k.id = t.class_id");
  spans.bind(run, window.front());
  while (spans.step()) {
    auto& course = past.courses[spans.text(0)];
    course.resize(window.size(), summary::Past::kAbsent);
    const auto from = std::ranges::lower_bound(window, spans.integer(1));
    const auto to =
        spans.null(2) ? window.end() : std::ranges::lower_bound(window, spans.integer(2));
    std::fill(course.begin() + (from - window.begin()), course.begin() + (to - window.begin()),
              spans.integer(3) != 0 ? summary::Past::kDown : summary::Past::kUp);
  }
}

std::vector<RecordedRun> History::runs_where(const std::string& condition, std::int64_t value,
                                             std::size_t limit) {
  std::vector<RecordedRun> found;
  Statement runs(database_,
                 "SELECT * FROM (SELECT r.id, r.run_id, v.name, r.started_ms, r.duration_ms,"
                 "    r.complete, r.targets, r.new_failures, r.recovered"
                 "  FROM run r JOIN vantage v ON v.id = r.vantage_id WHERE " +
                     condition + "  ORDER BY r.id DESC LIMIT ?2) ORDER BY id");
  Statement classes(database_,
                    "SELECT k.name, c.hosts FROM run_class c JOIN class k ON k.id = c.class_id"
                    "  WHERE c.run_id = ?");
  runs.bind(value, limit);
  while (runs.step()) {
    RecordedRun each{runs.integer(0),
                     runs.text(1),
                     runs.text(2),
                     wall_time(runs.integer(3)),
                     std::chrono::milliseconds(runs.integer(4)),
                     runs.integer(5) != 0,
                     static_cast<std::uint64_t>(runs.integer(6)),
                     {},
                     static_cast<std::uint64_t>(runs.integer(7)),
                     static_cast<std::uint64_t>(runs.integer(8))};
    classes.bind(each.id);
    while (classes.step())
      if (const auto outcome = probe::parse_outcome(classes.text(0)))
        each.tally.add(*outcome, static_cast<std::uint64_t>(classes.integer(1)));
    found.push_back(std::move(each));
  }
  return found;
}

std::optional<RecordedRun> History::run(std::int64_t id) {
  auto found = runs_where("r.id = ?1", id, 1);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<RecordedRun> History::runs(const std::optional<std::string>& vantage,
                                       std::size_t limit) {
  if (!vantage) return runs_where("?1 = 0", 0, limit);
  Statement find(database_, "SELECT id FROM vantage WHERE name = ?");
  return find.bind(*vantage).step() ? runs_where("r.vantage_id = ?1", find.integer(0), limit)
                                    : std::vector<RecordedRun>();
}

std::vector<std::string> History::targets_of(const std::string& host) {
  const bool is_v6 = host.find(':') != host.npos && !host.starts_with('[');
  const auto bare = is_v6 ? '[' + host + ']' : host;
  std::vector<std::string> found;
  Statement targets(database_,
                    "SELECT DISTINCT name FROM target WHERE name >= ?1 AND name < ?2 ORDER BY 1");
  targets.bind(bare + ':', bare + ';');  // the character behind the colon
  while (targets.step()) found.push_back(targets.text(0));
  return found;
}

HostHistory History::host(const std::string& target) {
  HostHistory history;
  Statement found(database_,
                  "SELECT t.id, v.name FROM target t JOIN vantage v ON v.id = t.vantage_id"
                  "  WHERE t.name = ? ORDER BY 2");
  found.bind(target);
  while (found.step()) {
    const auto add = [&](std::vector<HostInterval>& into, std::string_view sql) {
      Statement statement(database_,
                          fmt::format("SELECT i.what, f.started_ms, u.started_ms FROM ({}) i"
                                      "  JOIN run f ON f.id = i.from_run"
                                      "  LEFT JOIN run u ON u.id = coalesce(i.to_run,"
                                      "    (SELECT missing_since FROM target WHERE id = ?1"
                                      "      AND missing_since > i.from_run))"
                                      "  WHERE i.target_id = ?1 ORDER BY i.from_run",
                                      sql));
      statement.bind(found.integer(0));
      while (statement.step())
        into.push_back(
            {found.text(1), statement.text(0), wall_time(statement.integer(1)),
             statement.null(2) ? std::nullopt : std::optional(wall_time(statement.integer(2)))});
    };
    add(history.states,
        "SELECT s.*, k.name AS what FROM v_state s JOIN class k ON k.id = s.class_id");
    add(history.absences, "SELECT *, 'not in the inventory' AS what FROM v_absence");
    add(history.keys,
        "SELECT target_id, from_run, to_run, key_type || ' SHA256:' || key_sha256 AS what"
        "  FROM host_key_span"
        "  UNION ALL SELECT id, key_since, NULL, key_type || ' SHA256:' || key_sha256 FROM target"
        "  WHERE key_since IS NOT NULL");
    add(history.software,
        "SELECT s.target_id, s.from_run, s.to_run, w.ident AS what"
        "  FROM software_span s JOIN software w ON w.id = s.software_id"
        "  UNION ALL SELECT t.id, t.software_since, NULL, w.ident"
        "  FROM target t JOIN software w ON w.id = t.software_id");
  }
  return history;
}

std::uint64_t History::prune(WallTime when, WallTime now) {
  return prune_runs(database_, millis(when), millis(now));
}

}  // namespace fleetscan::history
