#pragma once
// A Diagnosis is the last word of a run on why one host fails. It stands behind the hosts in
// results.jsonl, because the rest of the run may rank a host's causes otherwise than its own
// attempts do.

#include <optional>
#include <string>
#include <vector>

#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

/// The finding of the run that a host belongs to, named as in report.json.
struct FindingName {
  std::string kind;
  std::string what;  ///< raw
  std::string with;  ///< raw; empty but for kind "labels"
  probe::Outcome outcome = probe::Outcome::not_probed;
};

struct Diagnosis {
  std::string target;
  probe::Outcome outcome = probe::Outcome::not_probed;
  /// Likeliest first, all those of the host's record. `because` is what the rest of the run adds to
  /// the sentences there.
  std::vector<probe::Cause> causes;
  std::optional<FindingName> finding;
};

}  // namespace fleetscan::records
