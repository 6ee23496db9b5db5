#pragma once
// Merges the results files of one scan's shards into one (`fleetscan merge`).

#include <functional>
#include <string>
#include <vector>

#include "reports/records/diagnosis_record.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

/// Writes what stands behind the hosts of a merged file: their neighbors are others now.
class LastWord {
 public:
  LastWord() = default;
  LastWord(const LastWord&) = delete;
  LastWord& operator=(const LastWord&) = delete;
  virtual ~LastWord() = default;

  virtual void begin(const probe::RunInfo& run) = 0;
  virtual void add(const probe::HostResult& result) = 0;
  virtual void write(const std::function<void(const Diagnosis&)>& write) = 0;
};

struct MergeSummary {
  enum class Ending {
    complete,
    incomplete,  ///< written, but a shard or a target is missing
    refused,     ///< nothing written: the inputs are not parts of one scan, or cannot be read
    unwritable,
  };
  Ending ending = Ending::complete;
  std::string done = {};                   ///< "10,000 hosts of 8 shards"; empty if not written
  std::vector<std::string> messages = {};  ///< what is missing or wrong, one sentence each
};

/// @param inputs  results files, plain or gzip, merged ones included; "-" is standard input
/// @param output  a path, also of an input, or "-" for standard output
/// @param last_word  judges the merged hosts again; null: the output has no diagnoses
[[nodiscard]] MergeSummary merge_files(const std::vector<std::string>& inputs,
                                       const std::string& output, LastWord* last_word = nullptr);

}  // namespace fleetscan::records
