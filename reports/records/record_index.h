#pragma once
// RecordIndex: the positions of host records in many files, which is what sorting them takes
// without holding them in memory.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/probe/outcome.h"

namespace fleetscan::records {

/// About 48 bytes and the target's name for each record: a million take some 70 MB.
class RecordIndex {
 public:
  struct Record {
    std::uint64_t offset;  ///< of the line's first byte in its file
    std::uint64_t digest;  ///< of what the record says
    std::uint32_t length;  ///< of the line, without its line feed
    std::uint32_t file;    ///< numbered by the caller, as is
    std::uint32_t run;     ///< ... the run
    probe::Outcome outcome;
  };

  void add(std::string_view target, const Record& record);

  /// Keeps one record of each target, and puts them in order of the targets' names. A verdict is
  /// preferred to `not_probed`, then the record of the later run.
  /// @param run_order  for each run its place in time
  void keep_the_best(const std::vector<std::uint32_t>& run_order);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const Record& operator[](std::size_t i) const { return rows_[i].record; }

 private:
  struct Row {
    std::uint64_t name;  ///< where it begins in names_
    std::uint32_t name_length;
    Record record;
  };

  [[nodiscard]] std::string_view name(const Row& row) const;

  std::vector<Row> rows_;
  std::string names_;
};

}  // namespace fleetscan::records
