#include "reports/history.h"

#include <fmt/format.h>

#include "inventory/prefix.h"
#include "reports/history_schema.h"
#include "reports/result_lines.h"

namespace fleetscan {
namespace {

constexpr std::string_view kKeyPrefix = "SHA256:";

std::int64_t millis(WallTime time) { return time.time_since_epoch().count(); }
WallTime wall_time(std::int64_t value) { return WallTime(std::chrono::milliseconds(value)); }

/// Of an interval's change: whether it began or ended a failure. Rows of v_change are named c.
constexpr std::string_view kTurns =
    "(SELECT count(*) FROM v_change c JOIN class a ON a.id = c.after_id JOIN class b ON b.id = "
    "c.before_id WHERE c.target_id = target.id AND c.run > ?2 AND a.failing <> b.failing)";

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
    if (const auto outcome = parse_outcome(classes.text(0)))
      class_ids_[static_cast<std::size_t>(*outcome)] = classes.integer(1);
}

void History::begin(const RunInfo& run) {
  run_ = run;
  tally_ = {};
  add_.reset();
  database_.execute(
      "DROP TABLE IF EXISTS temp.seen;"
      "CREATE TEMP TABLE seen(name TEXT PRIMARY KEY, class_id INTEGER NOT NULL,"
      "  known INTEGER NOT NULL, subnet TEXT, key_type TEXT, key_sha256 TEXT, ident TEXT)"
      "  WITHOUT ROWID;"
      "PRAGMA temp.cache_size = -16000");
  add_.emplace(database_, "INSERT OR REPLACE INTO temp.seen VALUES(?, ?, ?, ?, ?, ?, ?)");
  database_.execute("BEGIN");  // touches nothing but the temporary table
}

void History::add(const HostResult& result) {
  tally_.add(result.outcome);
  const auto state = result.state();
  const auto* attempt = deciding(result);
  std::optional<std::string> subnet, key_type, key_sha256, ident;
  if (const auto address = address_of(result)) subnet = subnet_of(*address).to_string();
  if (attempt) {
    ident = attempt->evidence.ident_line;
    const auto& key = attempt->evidence.host_key;
    if (key && key->verified && key->sha256.starts_with(kKeyPrefix)) {
      key_type = key->type;
      key_sha256 = key->sha256.substr(kKeyPrefix.size());
    }
  }
  add_->run(result.target.name(), class_ids_[static_cast<std::size_t>(result.outcome)],
            state != State::unknown && state != State::skipped, subnet, key_type, key_sha256,
            ident);
}

std::int64_t History::end(const RunEnd& end) {
  add_.reset();
  database_.execute("COMMIT");
  const bool complete = end.complete && !run_.shard && tally_.hosts() >= run_.targets;
  Transaction transaction(database_);
  const auto vantage = vantage_id(run_.vantage.value_or(""));
  const auto id = insert_run(vantage, end, complete);
  if (complete) apply(vantage, id);
  transaction.commit();
  database_.execute("DROP TABLE temp.seen");
  return id;
}

std::int64_t History::vantage_id(const std::string& name) {
  Statement(database_, "INSERT OR IGNORE INTO vantage(name) VALUES(?)").run(name);
  Statement find(database_, "SELECT id FROM vantage WHERE name = ?");
  return find.bind(name).step() ? find.integer(0) : 0;
}

std::int64_t History::insert_run(std::int64_t vantage, const RunEnd& end, bool complete) {
  if (holds(run_.run_id)) throw SqliteError("run " + run_.run_id + " is in the history already");
  Statement later(database_, "SELECT 1 FROM run WHERE vantage_id = ? AND started_ms >= ?");
  if (later.bind(vantage, millis(run_.started)).step())
    throw SqliteError("run " + run_.run_id +
                      " is older than the history's last one: import into a new file, all at once");
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

void History::apply(std::int64_t vantage, std::int64_t run) {
  find_differences(vantage);
  add_new_targets(vantage, run);
  change_states(run);
  change_keys(run);
  change_software(run);
  note_missing(vantage, run);
  note_flapping(vantage);
  note_dark_subnets(run);
  database_.execute("DROP TABLE temp.difference");
  Statement(database_,
            "UPDATE run SET new_failures = (SELECT count(*) FROM v_new_failure WHERE run = ?1),"
            "  recovered = (SELECT count(*) FROM v_recovered WHERE run = ?1) WHERE id = ?1")
      .run(run);
}

/// Most hosts are as they were: what follows looks only at the others.
void History::find_differences(std::int64_t vantage) {
  database_.execute(
      "CREATE TEMP TABLE difference(id INTEGER, name TEXT, subnet TEXT, class_id INTEGER,"
      "  new_state INTEGER, key_type TEXT, key_sha256 TEXT, new_key INTEGER, ident TEXT,"
      "  new_ident INTEGER)");
  Statement(database_,
            "INSERT INTO difference SELECT * FROM (SELECT t.id, s.name, s.subnet, s.class_id,"
            "    s.known AND s.class_id IS NOT t.class_id AS new_state, s.key_type, s.key_sha256,"
            "    s.key_sha256 IS NOT NULL AND (s.key_sha256 IS NOT t.key_sha256"
            "      OR s.key_type IS NOT t.key_type) AS new_key, s.ident,"
            "    s.ident IS NOT NULL AND s.ident IS NOT w.ident AS new_ident"
            "  FROM seen s LEFT JOIN target t ON t.vantage_id = ? AND t.name = s.name"
            "    LEFT JOIN software w ON w.id = t.software_id"
            "    LEFT JOIN subnet n ON n.id = t.subnet_id"
            "  WHERE (t.id IS NOT NULL OR s.known) AND (new_state OR new_key OR new_ident"
            "    OR t.missing_since IS NOT NULL"
            "    OR (s.subnet IS NOT NULL AND s.subnet IS NOT n.prefix)))")
      .run(vantage);
  database_.execute(
      "INSERT OR IGNORE INTO software(ident) SELECT DISTINCT ident FROM difference"
      "  WHERE new_ident;"
      "INSERT OR IGNORE INTO subnet(prefix) SELECT DISTINCT subnet FROM difference"
      "  WHERE subnet IS NOT NULL;"
      "UPDATE target SET missing_since = NULL FROM difference d"
      "  WHERE target.id = d.id AND missing_since IS NOT NULL;"
      "UPDATE target SET subnet_id = n.id FROM difference d JOIN subnet n ON n.prefix = d.subnet"
      "  WHERE target.id = d.id AND subnet_id IS NOT n.id");
}

void History::add_new_targets(std::int64_t vantage, std::int64_t run) {
  Statement(
      database_,
      "INSERT INTO target(vantage_id, name, subnet_id, first_run, class_id, class_since,"
      "    failing_since, key_type, key_sha256, key_since, software_id, software_since)"
      "  SELECT ?1, d.name, n.id, ?2, d.class_id, ?2, iif(k.failing, ?2, NULL), d.key_type,"
      "    d.key_sha256, iif(d.new_key, ?2, NULL), w.id, iif(d.new_ident, ?2, NULL)"
      "  FROM difference d JOIN class k ON k.id = d.class_id"
      "    LEFT JOIN subnet n ON n.prefix = d.subnet LEFT JOIN software w ON w.ident = d.ident"
      "  WHERE d.id IS NULL")
      .run(vantage, run);
}

void History::change_states(std::int64_t run) {
  Statement(database_,
            "INSERT INTO state_span SELECT t.id, t.class_since, ?, t.class_id"
            "  FROM difference d JOIN target t ON t.id = d.id WHERE d.new_state")
      .run(run);
  Statement(database_,
            "UPDATE target SET class_id = d.class_id, class_since = ?1,"
            "    failing_since = iif(k.failing, coalesce(failing_since, ?1), NULL)"
            "  FROM difference d JOIN class k ON k.id = d.class_id"
            "  WHERE target.id = d.id AND d.new_state")
      .run(run);
}

void History::change_keys(std::int64_t run) {
  Statement(database_,
            "INSERT INTO host_key_span SELECT t.id, t.key_since, ?, t.key_type, t.key_sha256"
            "  FROM difference d JOIN target t ON t.id = d.id"
            "  WHERE d.new_key AND t.key_since IS NOT NULL")
      .run(run);
  Statement(database_,
            "UPDATE target SET key_type = d.key_type, key_sha256 = d.key_sha256, key_since = ?"
            "  FROM difference d WHERE target.id = d.id AND d.new_key")
      .run(run);
}

void History::change_software(std::int64_t run) {
  Statement(database_,
            "INSERT INTO software_span SELECT t.id, t.software_since, ?, t.software_id"
            "  FROM difference d JOIN target t ON t.id = d.id"
            "  WHERE d.new_ident AND t.software_since IS NOT NULL")
      .run(run);
  Statement(database_,
            "UPDATE target SET software_id = w.id, software_since = ?"
            "  FROM difference d JOIN software w ON w.ident = d.ident"
            "  WHERE target.id = d.id AND d.new_ident")
      .run(run);
}

void History::note_missing(std::int64_t vantage, std::int64_t run) {
  Statement(database_,
            "UPDATE target SET missing_since = ?2 WHERE vantage_id = ?1 AND missing_since IS NULL"
            "  AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.name = target.name)")
      .run(vantage, run);
}

void History::note_flapping(std::int64_t vantage) {
  Statement oldest(database_,
                   "SELECT id FROM run WHERE vantage_id = ? AND complete"
                   "  ORDER BY id DESC LIMIT 1 OFFSET ?");
  const auto window = oldest.bind(vantage, kFlapWindow - 1).step() ? oldest.integer(0) : 0;
  Statement(database_,
            fmt::format("UPDATE target SET flapping = 1 WHERE vantage_id = ?1 AND NOT flapping"
                        "  AND id IN (SELECT id FROM difference WHERE new_state)"
                        "  AND {} >= {}",
                        kTurns, kFlapStart))
      .run(vantage, window);
  Statement(database_,
            fmt::format("UPDATE target SET flapping = 0 WHERE vantage_id = ?1 AND flapping"
                        "  AND {} <= {}",
                        kTurns, kFlapEnd))
      .run(vantage, window);
}

void History::note_dark_subnets(std::int64_t run) {
  Statement(database_,
            "INSERT INTO dark_subnet SELECT ?1, t.subnet_id, count(*) FROM target t"
            "  WHERE t.subnet_id IN (SELECT subnet_id FROM target"
            "      WHERE failing_since = ?1 AND first_run < ?1)"
            "    AND t.vantage_id = (SELECT vantage_id FROM run WHERE id = ?1)"
            "    AND t.missing_since IS NULL"
            "  GROUP BY t.subnet_id HAVING count(*) >= ?2 AND count(t.failing_since) = count(*)")
      .run(run, kMinDarkHosts);
}

bool History::holds(const std::string& run_id) {
  return Statement(database_, "SELECT 1 FROM run WHERE run_id = ?").bind(run_id).step();
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

Past History::past(std::int64_t id, std::size_t trend) {
  Past past;
  const auto of = run(id);
  if (!of) return past;
  for (const auto& each : runs_where(
           "complete AND r.id <= ?1 AND r.vantage_id = (SELECT vantage_id FROM run WHERE id = ?1)",
           id, trend))
    past.runs.push_back({each.started, each.tally, each.fresh, each.recovered});
  past.fresh = names("SELECT target FROM v_new_failure WHERE run = ? ORDER BY 1", id);
  past.recovered = names("SELECT target FROM v_recovered WHERE run = ? ORDER BY 1", id);
  past.key_changed = names("SELECT target FROM v_host_key_change WHERE run = ? ORDER BY 1", id);
  past.software_changed =
      names("SELECT target FROM v_software_change WHERE run = ? ORDER BY 1", id);
  past.dark = names("SELECT prefix FROM v_dark_subnet WHERE run = ? ORDER BY 1", id);
  Statement flapping(database_, "SELECT target FROM v_flapping WHERE vantage = ? ORDER BY 1");
  flapping.bind(of->vantage);
  while (flapping.step()) past.flapping.push_back(flapping.text(0));
  Statement failing(database_, "SELECT target, started_ms FROM v_still_failing WHERE vantage = ?");
  failing.bind(of->vantage);
  while (failing.step()) past.failing_since.emplace(failing.text(0), wall_time(failing.integer(1)));
  return past;
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
      if (const auto outcome = parse_outcome(classes.text(0)))
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
                                      "  LEFT JOIN run u ON u.id = i.to_run"
                                      "  WHERE i.target_id = ? ORDER BY i.from_run",
                                      sql));
      statement.bind(found.integer(0));
      while (statement.step())
        into.push_back(
            {found.text(1), statement.text(0), wall_time(statement.integer(1)),
             statement.null(2) ? std::nullopt : std::optional(wall_time(statement.integer(2)))});
    };
    add(history.states,
        "SELECT s.*, k.name AS what FROM v_state s JOIN class k ON k.id = s.class_id");
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

std::uint64_t History::prune(WallTime when) {
  Transaction transaction(database_);
  Statement mark(database_,
                 "CREATE TEMP TABLE kept AS SELECT id, vantage_id FROM run WHERE started_ms >= ?1"
                 "  OR id IN (SELECT max(id) FROM run WHERE complete GROUP BY vantage_id)");
  mark.run(millis(when));
  const auto before = database_.integer("SELECT count(*) FROM run");
  // An interval that began in a forgotten run begins, from now on, in the first one that is left.
  const auto clamp = [](std::string_view table, std::string_view column, std::string_view vantage) {
    return fmt::format(
        "UPDATE {0} SET {1} = (SELECT min(k.id) FROM kept k WHERE k.vantage_id = {2}"
        "    AND k.id >= {0}.{1}) WHERE {1} IS NOT NULL AND {1} NOT IN (SELECT id FROM kept);",
        table, column, vantage);
  };
  constexpr std::string_view kOfSpan = "(SELECT vantage_id FROM target t WHERE t.id = target_id)";
  for (const auto* table : {"state_span", "host_key_span", "software_span"}) {
    database_.execute(fmt::format(
        "DELETE FROM {0} WHERE NOT EXISTS (SELECT 1 FROM kept k WHERE k.vantage_id = {1}"
        "  AND k.id >= {0}.from_run AND k.id < {0}.to_run);",
        table, kOfSpan));
    database_.execute(clamp(table, "from_run", kOfSpan) + clamp(table, "to_run", kOfSpan));
  }
  for (const auto* column :
       {"class_since", "failing_since", "key_since", "software_since", "missing_since"})
    database_.execute(clamp("target", column, "target.vantage_id"));
  database_.execute(
      "DELETE FROM run_class WHERE run_id NOT IN (SELECT id FROM kept);"
      "DELETE FROM dark_subnet WHERE run_id NOT IN (SELECT id FROM kept);"
      "DELETE FROM run WHERE id NOT IN (SELECT id FROM kept);"
      "DELETE FROM software WHERE id NOT IN (SELECT software_id FROM target"
      "    WHERE software_id IS NOT NULL UNION SELECT software_id FROM software_span);"
      "DROP TABLE temp.kept");
  const auto after = database_.integer("SELECT count(*) FROM run");
  transaction.commit();
  database_.execute("VACUUM");
  return static_cast<std::uint64_t>(before - after);
}

}  // namespace fleetscan
