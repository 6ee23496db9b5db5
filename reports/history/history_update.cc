#include "reports/history/history_update.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "reports/history/history.h"
#include "reports/history/sqlite.h"

namespace fleetscan::history {
namespace {

/// Of an interval's change: whether it began or ended a failure. Rows of v_change are named c.
constexpr std::string_view kTurns =
    "(SELECT count(*) FROM v_change c JOIN class a ON a.id = c.after_id JOIN class b ON b.id = "
    "c.before_id WHERE c.target_id = target.id AND c.run > ?2 AND a.failing <> b.failing)";

/// Most hosts are as they were: what follows looks only at the others.
void find_differences(Database& database, std::int64_t vantage, std::int64_t run) {
  database.execute(
      "CREATE TEMP TABLE difference(id INTEGER, name TEXT, subnet TEXT, class_id INTEGER,"
      "  new_state INTEGER, key_type TEXT, key_sha256 TEXT, new_key INTEGER, ident TEXT,"
      "  new_ident INTEGER)");
  Statement(database,
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
  database.execute(
      "INSERT OR IGNORE INTO software(ident) SELECT DISTINCT ident FROM difference"
      "  WHERE new_ident;"
      "INSERT OR IGNORE INTO subnet(prefix) SELECT DISTINCT subnet FROM difference"
      "  WHERE subnet IS NOT NULL");
  Statement(database,
            "INSERT INTO absence SELECT t.id, t.missing_since, ?"
            "  FROM difference d JOIN target t ON t.id = d.id WHERE t.missing_since IS NOT NULL")
      .run(run);
  database.execute(
      "UPDATE target SET missing_since = NULL FROM difference d"
      "  WHERE target.id = d.id AND missing_since IS NOT NULL;"
      "UPDATE target SET subnet_id = n.id FROM difference d JOIN subnet n ON n.prefix = d.subnet"
      "  WHERE target.id = d.id AND subnet_id IS NOT n.id");
}

void add_new_targets(Database& database, std::int64_t vantage, std::int64_t run) {
  Statement(
      database,
      "INSERT INTO target(vantage_id, name, subnet_id, first_run, class_id, class_since,"
      "    failing_since, key_type, key_sha256, key_since, software_id, software_since)"
      "  SELECT ?1, d.name, n.id, ?2, d.class_id, ?2, iif(k.failing, ?2, NULL), d.key_type,"
      "    d.key_sha256, iif(d.new_key, ?2, NULL), w.id, iif(d.new_ident, ?2, NULL)"
      "  FROM difference d JOIN class k ON k.id = d.class_id"
      "    LEFT JOIN subnet n ON n.prefix = d.subnet LEFT JOIN software w ON w.ident = d.ident"
      "  WHERE d.id IS NULL")
      .run(vantage, run);
}

void change_states(Database& database, std::int64_t run) {
  Statement(database,
            "INSERT INTO state_span SELECT t.id, t.class_since, ?, t.class_id"
            "  FROM difference d JOIN target t ON t.id = d.id WHERE d.new_state")
      .run(run);
  Statement(database,
            "UPDATE target SET class_id = d.class_id, class_since = ?1,"
            "    failing_since = iif(k.failing, coalesce(failing_since, ?1), NULL)"
            "  FROM difference d JOIN class k ON k.id = d.class_id"
            "  WHERE target.id = d.id AND d.new_state")
      .run(run);
}

void change_keys(Database& database, std::int64_t run) {
  Statement(database,
            "INSERT INTO host_key_span SELECT t.id, t.key_since, ?, t.key_type, t.key_sha256"
            "  FROM difference d JOIN target t ON t.id = d.id"
            "  WHERE d.new_key AND t.key_since IS NOT NULL")
      .run(run);
  Statement(database,
            "UPDATE target SET key_type = d.key_type, key_sha256 = d.key_sha256, key_since = ?"
            "  FROM difference d WHERE target.id = d.id AND d.new_key")
      .run(run);
}

void change_software(Database& database, std::int64_t run) {
  Statement(database,
            "INSERT INTO software_span SELECT t.id, t.software_since, ?, t.software_id"
            "  FROM difference d JOIN target t ON t.id = d.id"
            "  WHERE d.new_ident AND t.software_since IS NOT NULL")
      .run(run);
  Statement(database,
            "UPDATE target SET software_id = w.id, software_since = ?"
            "  FROM difference d JOIN software w ON w.ident = d.ident"
            "  WHERE target.id = d.id AND d.new_ident")
      .run(run);
}

void note_missing(Database& database, std::int64_t vantage, std::int64_t run) {
  Statement(database,
            "UPDATE target SET missing_since = ?2 WHERE vantage_id = ?1 AND missing_since IS NULL"
            "  AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.name = target.name)")
      .run(vantage, run);
}

void note_flapping(Database& database, std::int64_t vantage) {
  Statement oldest(database,
                   "SELECT id FROM run WHERE vantage_id = ? AND complete"
                   "  ORDER BY id DESC LIMIT 1 OFFSET ?");
  const auto window = oldest.bind(vantage, kFlapWindow - 1).step() ? oldest.integer(0) : 0;
  Statement(database,
            fmt::format("UPDATE target SET flapping = 1 WHERE vantage_id = ?1 AND NOT flapping"
                        "  AND id IN (SELECT id FROM difference WHERE new_state)"
                        "  AND {} >= {}",
                        kTurns, kFlapStart))
      .run(vantage, window);
  Statement(database,
            fmt::format("UPDATE target SET flapping = 0 WHERE vantage_id = ?1 AND flapping"
                        "  AND {} <= {}",
                        kTurns, kFlapEnd))
      .run(vantage, window);
}

void note_dark_subnets(Database& database, std::int64_t run) {
  Statement(database,
            "INSERT INTO dark_subnet SELECT ?1, t.subnet_id, count(*) FROM target t"
            "  WHERE t.subnet_id IN (SELECT subnet_id FROM target"
            "      WHERE failing_since = ?1 AND first_run < ?1)"
            "    AND t.vantage_id = (SELECT vantage_id FROM run WHERE id = ?1)"
            "    AND t.missing_since IS NULL"
            "  GROUP BY t.subnet_id HAVING count(*) >= ?2 AND count(t.failing_since) = count(*)")
      .run(run, kMinDarkHosts);
}

}  // namespace

void apply_run(Database& database, std::int64_t vantage, std::int64_t run) {
  find_differences(database, vantage, run);
  add_new_targets(database, vantage, run);
  change_states(database, run);
  change_keys(database, run);
  change_software(database, run);
  note_missing(database, vantage, run);
  note_flapping(database, vantage);
  note_dark_subnets(database, run);
  database.execute("DROP TABLE temp.difference");
  Statement(database,
            "UPDATE run SET new_failures = (SELECT count(*) FROM v_new_failure WHERE run = ?1),"
            "  recovered = (SELECT count(*) FROM v_recovered WHERE run = ?1) WHERE id = ?1")
      .run(run);
}

std::uint64_t prune_runs(Database& database, std::int64_t when_ms, std::int64_t now_ms) {
  Transaction transaction(database);
  Statement mark(database,
                 "CREATE TEMP TABLE kept AS SELECT id, vantage_id FROM (SELECT id, vantage_id,"
                 "    max(iif(started_ms <= ?2, started_ms, 0)) OVER (PARTITION BY vantage_id"
                 "      ORDER BY id) AS started FROM run) WHERE started >= ?1"
                 "  OR id IN (SELECT max(id) FROM run WHERE complete GROUP BY vantage_id)");
  mark.run(when_ms, now_ms);
  const auto before = database.integer("SELECT count(*) FROM run");
  // An interval that began in a forgotten run begins, from now on, in the first one that is left.
  const auto clamp = [](std::string_view table, std::string_view column, std::string_view vantage) {
    return fmt::format(
        "UPDATE {0} SET {1} = (SELECT min(k.id) FROM kept k WHERE k.vantage_id = {2}"
        "    AND k.id >= {0}.{1}) WHERE {1} IS NOT NULL AND {1} NOT IN (SELECT id FROM kept);",
        table, column, vantage);
  };
  constexpr std::string_view kOfSpan = "(SELECT vantage_id FROM target t WHERE t.id = target_id)";
  for (const auto* table : {"state_span", "host_key_span", "software_span", "absence"}) {
    database.execute(fmt::format(
        "DELETE FROM {0} WHERE NOT EXISTS (SELECT 1 FROM kept k WHERE k.vantage_id = {1}"
        "  AND k.id >= {0}.from_run AND k.id < {0}.to_run);",
        table, kOfSpan));
    database.execute(clamp(table, "from_run", kOfSpan) + clamp(table, "to_run", kOfSpan));
  }
  for (const auto* column :
       {"class_since", "failing_since", "key_since", "software_since", "missing_since"})
    database.execute(clamp("target", column, "target.vantage_id"));
  database.execute(
      "DELETE FROM run_class WHERE run_id NOT IN (SELECT id FROM kept);"
      "DELETE FROM dark_subnet WHERE run_id NOT IN (SELECT id FROM kept);"
      "DELETE FROM run WHERE id NOT IN (SELECT id FROM kept);"
      "DELETE FROM software WHERE id NOT IN (SELECT software_id FROM target"
      "    WHERE software_id IS NOT NULL UNION SELECT software_id FROM software_span);"
      "DROP TABLE temp.kept");
  const auto after = database.integer("SELECT count(*) FROM run");
  transaction.commit();
  database.execute("VACUUM");
  return static_cast<std::uint64_t>(before - after);
}

}  // namespace fleetscan::history
