#pragma once
// Suspects: the causes that a class brings to mind before any further evidence.

#include <span>

#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {

struct Suspect {
  CauseId cause;
  double weight;  ///< how likely before further evidence; those of one class sum to at most 1
};

/// Empty for a class that needs no cause: nothing failed, or nothing was tried. Also empty for
/// scanner_failure, which is what has no explanation.
[[nodiscard]] std::span<const Suspect> suspects(probe::Outcome outcome);

}  // namespace fleetscan::diagnosis
