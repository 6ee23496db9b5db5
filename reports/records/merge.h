#pragma once
// Merge joins the results of one scan's shards, or of its repetitions. Pure:
// sees lines, opens no file.
//
// A merged file lists in its run record's `parts` the runs that it holds; each host record
// names its run in a last member, `run_id`. The result depends only on the set of runs and the
// set of records in the inputs: in whatever order, grouping or repetition runs are joined, it
// is the same byte for byte.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "reports/records/record_index.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

/// Fed with the lines of all inputs, then read.
///
///     merge.begin_input("a.jsonl");
///     merge.add(line, offset);               // for each line
///     merge.finish();
///     if (merge.conflicts().empty()) ...     // run(), each record, end()
///
/// Records stay in their files: memory is that of a RecordIndex.
class Merge {
 public:
  void begin_input(std::string name);
  /// Takes the input's next line, without its line feed; `offset` is that of its first byte.
  /// @return whether it holds a record
  bool add(std::string_view line, std::uint64_t offset);
  /// The input's next line is too long to be a record.
  void skip_line();
  /// The rest of the input is not read: nothing in it looks like a record.
  void skip_rest();
  /// To be called after the last line of the last input.
  void finish();

  /// Why the inputs are not parts of one scan, one sentence each; then there is nothing to write.
  [[nodiscard]] const std::vector<std::string>& conflicts() const { return conflicts_; }
  /// Lines that could not be read, the first hundred: "a.jsonl:12: expected ','".
  [[nodiscard]] const std::vector<std::string>& unreadable() const { return unreadable_; }
  /// What the merged file lacks, one sentence each; empty exactly if it is complete.
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

  // The merged file. REQUIRES: finished, no conflicts
  [[nodiscard]] const probe::RunInfo& run() const { return run_; }
  [[nodiscard]] const probe::RunEnd& end() const { return end_; }
  /// Its host records, in order of their targets' names.
  [[nodiscard]] const RecordIndex& records() const { return records_; }
  /// Appends a record and its line feed.
  /// @param line  what stands in the input at the record's place
  void append_line(std::string& out, const RecordIndex::Record& record,
                   std::string_view line) const;

 private:
  struct PartOrder {
    bool operator()(const probe::RunPart& a, const probe::RunPart& b) const;
  };
  struct Moment {
    std::string run_id;
    WallTime started;
  };

  void begin_run(probe::RunInfo run);
  void close_run(bool complete, std::chrono::milliseconds duration);
  void end_run(const probe::RunEnd& end);
  bool take(std::string_view line, std::uint64_t offset);
  void add_host(std::string_view line, std::uint64_t offset);
  void note(const probe::RunPart& part);
  [[nodiscard]] std::vector<std::uint32_t> order_of_runs() const;
  void describe_run();
  void count_records();
  void find_what_is_missing();
  void complain(const std::string& what);
  void conflict(std::string what);

  std::vector<std::string> inputs_;
  std::uint64_t line_ = 0;
  bool found_run_ = false;  ///< in this input

  std::optional<probe::RunInfo> open_;  ///< the run whose records are being read
  std::uint64_t open_records_ = 0;
  bool open_damaged_ = false;

  std::optional<probe::RunInfo> first_;  ///< what all others must agree with
  probe::RunInfo run_;                   ///< that of the smallest part; in the end the merged one
  std::optional<probe::RunPart> smallest_;
  std::set<probe::RunPart, PartOrder> parts_;
  std::map<unsigned, std::uint64_t> targets_;  ///< of each shard
  std::map<std::string, std::uint32_t> run_numbers_;
  std::vector<Moment> runs_;
  RecordIndex records_;
  probe::RunEnd end_;
  std::vector<std::string> conflicts_, unreadable_, missing_;
};

}  // namespace fleetscan::records
