#pragma once
// ResultReader parses results.jsonl. It is the counterpart of result_lines.h,
// which describes the format.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/line_cutter.h"
#include "reports/records/attempt_reader.h"
#include "reports/records/diagnosis_record.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

/// What one line holds. `monostate`: a record of a type that this version does not know, to be
/// ignored as the format demands.
using Record =
    std::variant<std::monostate, probe::RunInfo, probe::HostResult, probe::RunEnd, Diagnosis>;

/// Reads lines, each without its line feed. Unknown keys are ignored.
class RecordReader {
 public:
  /// @throws JsonError when the line is not JSON, or a value is not what the format says.
  [[nodiscard]] Record read(std::string_view line);

 private:
  KexinitReader kexinits_;
};

/// Reads a single line.
[[nodiscard]] inline Record parse_line(std::string_view line) { return RecordReader().read(line); }

/// Why a file is not read to its end.
inline constexpr std::string_view kNoRecords = "64 MiB without a record: the rest is not read";

/// A line that could not be read.
struct LineError {
  std::uint64_t line = 0;  ///< from 1
  std::string message;

  bool operator==(const LineError&) const = default;
};

/// Cuts a file into lines and hands on what they hold, however the file is cut when it is fed.
class ResultReader {
 public:
  /// No record is longer; a longer line is an error, and is not kept in memory.
  static constexpr std::size_t kMaxLineBytes = 4U << 20U;
  static constexpr std::size_t kMaxErrors = 100;
  /// A file is not read on after so many bytes without a record: it may have no end.
  static constexpr std::uint64_t kMaxIdleBytes = 64U << 20U;

  using OnRecord = std::function<void(Record&&)>;

  /// @param on_record  called for each good line, in order, from inside feed() and finish().
  explicit ResultReader(OnRecord on_record)
      : on_record_(std::move(on_record)),
        cutter_(kMaxLineBytes,
                [this](std::string_view line, std::uint64_t, bool whole) { take(line, whole); }) {}
  ResultReader(const ResultReader&) = delete;
  ResultReader& operator=(const ResultReader&) = delete;

  void feed(std::string_view bytes) {
    idle_ += bytes.size();
    cutter_.feed(bytes);
  }
  /// Whether there is no use in feeding it more.
  [[nodiscard]] bool gave_up() const { return idle_ > kMaxIdleBytes; }

  /// The file ends here. A last line without its line feed is an interrupted write: it counts only
  /// if it is whole.
  /// @return the bad lines, in order, at most kMaxErrors of them.
  [[nodiscard]] const std::vector<LineError>& finish();

 private:
  void take(std::string_view line, bool whole);
  void complain(const std::string& message);

  OnRecord on_record_;
  RecordReader record_;
  LineCutter cutter_;
  std::uint64_t line_ = 1;
  std::uint64_t idle_ = 0;  ///< bytes since the last record
  std::vector<LineError> errors_;
};

}  // namespace fleetscan::records
