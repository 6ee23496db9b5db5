#include "reports/history/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/escape.h"

namespace fleetscan::history {
namespace {

/// Has SQLite keep in the folder of `path` what finds no room in memory, unless SQLITE_TMPDIR says
/// where. A confined process cannot write to /tmp, and there a large run may not fit.
void spill_beside(const std::string& path) {
  if (std::getenv("SQLITE_TMPDIR")) return;
  const auto folder = std::filesystem::path(path).parent_path();
  sqlite3_free(std::exchange(sqlite3_temp_directory,
                             sqlite3_mprintf("%s", folder.empty() ? "." : folder.c_str())));
}

}  // namespace

bool SqliteError::unwritable() const {
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY: return true;
    default: return false;
  }
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  statement_.reset(statement);
  check(code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_.fail();
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.fail();
  return code == SQLITE_ROW;
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

bool Statement::null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = sqlite3_column_bytes(statement_.get(), column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))
               : std::string();
}

void Statement::bind_one(int index, std::string_view text) {
  check(sqlite3_bind_text64(statement_.get(), index, text.data() ? text.data() : "", text.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_one(int index, std::nullptr_t) {
  check(sqlite3_bind_null(statement_.get(), index));
}

void Statement::bind_integer(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), index, value));
}

Database::Database(const std::string& path, bool writable) : path_(path) {
  if (writable) spill_beside(path);
  sqlite3* handle = nullptr;
  const int flags = writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail();
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void Database::roll_back() {
  if (sqlite3_get_autocommit(get()) == 0) execute("ROLLBACK");
}

std::int64_t Database::integer(std::string_view sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(get()); }

void Database::fail() const {
  throw SqliteError(
      printable(path_) + ": " + (handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory"),
      handle_ ? sqlite3_errcode(handle_.get()) & 0xff : SQLITE_NOMEM);
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace fleetscan::history
