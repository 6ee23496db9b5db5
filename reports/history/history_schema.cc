#include "reports/history/history_schema.h"

#include <cstdint>
#include <iterator>
#include <string>

#include "reports/history/sqlite.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::history {
namespace {

constexpr std::int64_t kApplicationId = 0x464c5348;  // "FLSH"

/// Each brings the file from the version that is its index to the next one. Never changed once
/// released: a change is a further entry.
constexpr const char* kMigrations[] = {R"sql(
CREATE TABLE vantage(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE class(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
  failing INTEGER NOT NULL);
CREATE TABLE subnet(id INTEGER PRIMARY KEY, prefix TEXT NOT NULL UNIQUE);
CREATE TABLE software(id INTEGER PRIMARY KEY, ident TEXT NOT NULL UNIQUE);

CREATE TABLE run(id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE,
  vantage_id INTEGER NOT NULL REFERENCES vantage, started_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL, complete INTEGER NOT NULL, targets INTEGER NOT NULL,
  inventory_sha256 TEXT NOT NULL, tool TEXT NOT NULL,
  new_failures INTEGER NOT NULL DEFAULT 0, recovered INTEGER NOT NULL DEFAULT 0);
CREATE TABLE run_class(run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  class_id INTEGER NOT NULL REFERENCES class, hosts INTEGER NOT NULL,
  PRIMARY KEY(run_id, class_id)) WITHOUT ROWID;

CREATE TABLE target(id INTEGER PRIMARY KEY, vantage_id INTEGER NOT NULL REFERENCES vantage,
  name TEXT NOT NULL, subnet_id INTEGER REFERENCES subnet, first_run INTEGER NOT NULL,
  missing_since INTEGER, flapping INTEGER NOT NULL DEFAULT 0,
  class_id INTEGER NOT NULL REFERENCES class, class_since INTEGER NOT NULL, failing_since INTEGER,
  key_type TEXT, key_sha256 TEXT, key_since INTEGER,
  software_id INTEGER REFERENCES software, software_since INTEGER,
  UNIQUE(name, vantage_id));
CREATE INDEX target_class_since ON target(class_since);
CREATE INDEX target_failing ON target(failing_since) WHERE failing_since IS NOT NULL;
CREATE INDEX target_flapping ON target(flapping) WHERE flapping;
CREATE INDEX target_missing ON target(missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX target_subnet ON target(subnet_id);

CREATE TABLE state_span(target_id INTEGER NOT NULL, from_run INTEGER NOT NULL,
  to_run INTEGER NOT NULL, class_id INTEGER NOT NULL,
  PRIMARY KEY(target_id, from_run)) WITHOUT ROWID;
CREATE INDEX state_span_from ON state_span(from_run);
CREATE TABLE host_key_span(target_id INTEGER NOT NULL, from_run INTEGER NOT NULL,
  to_run INTEGER NOT NULL, key_type TEXT NOT NULL, key_sha256 TEXT NOT NULL,
  PRIMARY KEY(target_id, from_run)) WITHOUT ROWID;
CREATE INDEX host_key_span_to ON host_key_span(to_run);
CREATE TABLE software_span(target_id INTEGER NOT NULL, from_run INTEGER NOT NULL,
  to_run INTEGER NOT NULL, software_id INTEGER NOT NULL,
  PRIMARY KEY(target_id, from_run)) WITHOUT ROWID;
CREATE INDEX software_span_to ON software_span(to_run);

CREATE TABLE dark_subnet(run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  subnet_id INTEGER NOT NULL REFERENCES subnet, hosts INTEGER NOT NULL,
  PRIMARY KEY(run_id, subnet_id)) WITHOUT ROWID;

CREATE VIEW v_run AS
  SELECT r.id, r.run_id, v.name AS vantage,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.started_ms / 1000, 'unixepoch') AS started,
    r.duration_ms / 1000.0 AS duration_s, r.complete, r.targets,
    (SELECT total(c.hosts) FROM run_class c JOIN class k ON k.id = c.class_id
      WHERE c.run_id = r.id AND k.failing) AS failing,
    r.new_failures, r.recovered, r.tool
  FROM run r JOIN vantage v ON v.id = r.vantage_id;
CREATE VIEW v_state AS
  SELECT target_id, from_run, to_run, class_id FROM state_span
  UNION ALL SELECT id, class_since, NULL, class_id FROM target;
CREATE VIEW v_change AS
  SELECT s.from_run AS run, s.target_id, p.class_id AS before_id, s.class_id AS after_id
  FROM v_state s LEFT JOIN state_span p ON p.target_id = s.target_id AND p.to_run = s.from_run;
CREATE VIEW v_new_failure AS
  SELECT c.run, t.name AS target, a.name AS class, b.name AS before, v.name AS vantage
  FROM v_change c JOIN target t ON t.id = c.target_id JOIN class a ON a.id = c.after_id
    JOIN vantage v ON v.id = t.vantage_id LEFT JOIN class b ON b.id = c.before_id
  WHERE a.failing AND (b.failing = 0 OR (b.id IS NULL AND t.first_run = c.run));
CREATE VIEW v_recovered AS
  SELECT c.run, t.name AS target, a.name AS class, b.name AS before, v.name AS vantage
  FROM v_change c JOIN target t ON t.id = c.target_id JOIN class a ON a.id = c.after_id
    JOIN vantage v ON v.id = t.vantage_id JOIN class b ON b.id = c.before_id
  WHERE b.failing AND NOT a.failing;
CREATE VIEW v_still_failing AS
  SELECT t.name AS target, k.name AS class, t.failing_since AS run, r.started_ms,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.started_ms / 1000, 'unixepoch') AS since, v.name AS vantage
  FROM target t JOIN class k ON k.id = t.class_id JOIN vantage v ON v.id = t.vantage_id
    LEFT JOIN run r ON r.id = t.failing_since
  WHERE t.failing_since IS NOT NULL;
CREATE VIEW v_flapping AS
  SELECT t.name AS target, k.name AS class, v.name AS vantage
  FROM target t JOIN class k ON k.id = t.class_id JOIN vantage v ON v.id = t.vantage_id
  WHERE t.flapping;
CREATE VIEW v_host_key_change AS
  SELECT s.to_run AS run, t.name AS target, s.key_type AS old_type, s.key_sha256 AS old_sha256,
    coalesce(n.key_type, t.key_type) AS new_type,
    coalesce(n.key_sha256, t.key_sha256) AS new_sha256, v.name AS vantage
  FROM host_key_span s JOIN target t ON t.id = s.target_id JOIN vantage v ON v.id = t.vantage_id
    LEFT JOIN host_key_span n ON n.target_id = s.target_id AND n.from_run = s.to_run;
CREATE VIEW v_software_change AS
  SELECT s.to_run AS run, t.name AS target, o.ident AS old, w.ident AS new, v.name AS vantage
  FROM software_span s JOIN target t ON t.id = s.target_id JOIN vantage v ON v.id = t.vantage_id
    LEFT JOIN software_span n ON n.target_id = s.target_id AND n.from_run = s.to_run
    JOIN software o ON o.id = s.software_id
    JOIN software w ON w.id = coalesce(n.software_id, t.software_id);
CREATE VIEW v_dark_subnet AS
  SELECT d.run_id AS run, s.prefix, d.hosts, v.name AS vantage
  FROM dark_subnet d JOIN subnet s ON s.id = d.subnet_id JOIN run r ON r.id = d.run_id
    JOIN vantage v ON v.id = r.vantage_id;
CREATE VIEW v_missing AS
  SELECT t.name AS target, k.name AS class, t.missing_since AS run, v.name AS vantage
  FROM target t JOIN class k ON k.id = t.class_id JOIN vantage v ON v.id = t.vantage_id
  WHERE t.missing_since IS NOT NULL;
)sql",
                                       R"sql(
CREATE TABLE absence(target_id INTEGER NOT NULL, from_run INTEGER NOT NULL,
  to_run INTEGER NOT NULL, PRIMARY KEY(target_id, from_run)) WITHOUT ROWID;
CREATE VIEW v_absence AS
  SELECT target_id, from_run, to_run FROM absence
  UNION ALL SELECT id, missing_since, NULL FROM target WHERE missing_since IS NOT NULL;
CREATE VIEW v_removed AS
  SELECT a.from_run AS run, t.name AS target, v.name AS vantage
  FROM v_absence a JOIN target t ON t.id = a.target_id JOIN vantage v ON v.id = t.vantage_id;
CREATE VIEW v_added AS
  SELECT t.first_run AS run, t.name AS target, v.name AS vantage
  FROM target t JOIN vantage v ON v.id = t.vantage_id
  WHERE EXISTS (SELECT 1 FROM run r
    WHERE r.vantage_id = t.vantage_id AND r.complete AND r.id < t.first_run)
  UNION ALL SELECT a.to_run, t.name, v.name
  FROM absence a JOIN target t ON t.id = a.target_id JOIN vantage v ON v.id = t.vantage_id;
DROP VIEW v_new_failure;
CREATE VIEW v_new_failure AS
  SELECT c.run, t.name AS target, a.name AS class, b.name AS before, v.name AS vantage
  FROM v_change c JOIN target t ON t.id = c.target_id JOIN class a ON a.id = c.after_id
    JOIN vantage v ON v.id = t.vantage_id LEFT JOIN class b ON b.id = c.before_id
  WHERE a.failing AND (b.failing = 0 OR (b.id IS NULL AND t.first_run = c.run))
    AND EXISTS (SELECT 1 FROM run r
      WHERE r.vantage_id = t.vantage_id AND r.complete AND r.id < c.run);
)sql"};

constexpr std::int64_t kVersion = std::size(kMigrations);

void refuse_foreign(Database& database) {
  const auto id = database.integer("PRAGMA application_id");
  const auto version = database.integer("PRAGMA user_version");
  if (id != kApplicationId) throw SqliteError("this SQLite file is not a fleetscan history");
  if (version > kVersion)
    throw SqliteError("this history was written by a newer version of fleetscan (schema " +
                      std::to_string(version) + "; this one knows " + std::to_string(kVersion) +
                      ")");
}

/// Classes keep the numbers that a file gave them first, whatever the table of outcomes does later.
void add_classes(Database& database) {
  Statement insert(database, "INSERT OR IGNORE INTO class(name, state, failing) VALUES(?, ?, ?)");
  for (const auto& row : probe::outcomes())
    insert.run(row.name, probe::to_string(row.state), row.state == probe::State::unreachable);
}

}  // namespace

void migrate_history(Database& database) {
  const bool fresh = database.integer("SELECT count(*) FROM sqlite_schema") == 0;
  if (!fresh) refuse_foreign(database);
  database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  Transaction transaction(database);
  if (fresh) database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  for (auto version = database.integer("PRAGMA user_version"); version < kVersion; ++version)
    database.execute(kMigrations[version]);
  database.execute("PRAGMA user_version = " + std::to_string(kVersion));
  add_classes(database);
  transaction.commit();
}

void check_history(Database& database) {
  refuse_foreign(database);
  if (database.integer("PRAGMA user_version") < kVersion)
    throw SqliteError("this history is from an older version; the next scan upgrades it");
}

}  // namespace fleetscan::history
