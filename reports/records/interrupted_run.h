#pragma once
// InterruptedRun: what an interrupted scan left behind, so that another one can finish it
// (`--resume RESULTS.jsonl`).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "inventory/target_source.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

/// A killed scan leaves RESULTS.jsonl.part. It is put aside as RESULTS.jsonl.resumed before the new
/// scan writes there, and stays until that one is done: being killed again loses nothing.
class InterruptedRun {
 public:
  /// @throws std::system_error when a file cannot be moved, OutputInUse when that scan still runs.
  explicit InterruptedRun(const std::string& path);

  /// The run record; nothing if the scan was killed before it had written one.
  /// @throws std::system_error when there is nothing to read
  [[nodiscard]] std::optional<probe::RunInfo> info() const;
  /// Whether the file ends before its run record does, as a scan that was killed at once leaves it.
  [[nodiscard]] bool ends_at_once() const;

  /// Hands on each final verdict, the first one of each target. What the scan could not tell is
  /// left to be probed again, and so is what is on a torn line.
  /// @param each_vantage  the first one of each target from each vantage
  /// @throws std::system_error
  void read(const std::function<void(const probe::HostResult&)>& result, bool each_vantage = false);

  /// Those of `all` that read() did not hand on. REQUIRES: not each vantage's
  [[nodiscard]] std::unique_ptr<inventory::TargetSource> remaining(
      std::unique_ptr<inventory::TargetSource> all) const;
  [[nodiscard]] std::uint64_t done() const { return done_.size(); }

  /// Removes what was put aside: its results are all in a whole file now.
  void forget() const;

 private:
  std::string aside_;  ///< empty if nothing was put aside
  std::string file_;   ///< what is read
  std::unordered_set<std::string> done_;
};

}  // namespace fleetscan::records
