#pragma once
// Wraps SQLite's C interface in two owning types. Every failure throws SqliteError.

#include <sqlite3.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fleetscan::history {

/// What was attempted, on which file, and why it failed.
struct SqliteError : std::runtime_error {
  explicit SqliteError(const std::string& what, int result = SQLITE_ERROR)
      : std::runtime_error(what), code(result) {}
  /// The file may be a good one, but cannot be written, or not now.
  [[nodiscard]] bool unwritable() const;
  int code;  ///< SQLite's primary result code
};

class Database;

/// A prepared statement. Bound text is copied.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  /// Starts anew with these values for ?1, ?2, ...
  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// Whether there is a further row.
  [[nodiscard]] bool step();
  /// Runs to the end; rows are ignored.
  void run();
  template <typename... Values>
  void run(const Values&... values) {
    bind(values...).run();
  }

  // Of the current row, by column from 0.
  [[nodiscard]] bool null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  void reset();
  void check(int code) const;
  void bind_one(int index, std::string_view text);
  void bind_one(int index, std::nullptr_t);
  void bind_integer(int index, std::int64_t value);
  template <std::integral T>
  void bind_one(int index, T value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  template <typename T>
  void bind_one(int index, const std::optional<T>& value) {
    value ? bind_one(index, *value) : bind_one(index, nullptr);
  }

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An open file.
class Database {
 public:
  /// How long a statement waits for another process that writes.
  static constexpr int kBusyMilliseconds = 10'000;

  /// @param writable  false: must exist, and is not changed. true: made when missing.
  Database(const std::string& path, bool writable);

  /// Runs statements that take and give nothing.
  void execute(const std::string& sql);
  /// Undoes what an open transaction did, if there is one.
  void roll_back();
  /// The first column of the first row; 0 if there is none.
  [[nodiscard]] std::int64_t integer(std::string_view sql);
  [[nodiscard]] std::int64_t last_insert_id() const;
  [[noreturn]] void fail() const;
  [[nodiscard]] sqlite3* get() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Everything or nothing: rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace fleetscan::history
