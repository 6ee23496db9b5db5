#pragma once
// Merges the results files of one scan's shards into one (`fleetscan merge`).

#include <string>
#include <vector>

namespace fleetscan::records {

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
[[nodiscard]] MergeSummary merge_files(const std::vector<std::string>& inputs,
                                       const std::string& output);

}  // namespace fleetscan::records
