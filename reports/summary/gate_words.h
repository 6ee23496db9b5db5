#pragma once
// The words of a Gate: why a run passes or fails, in one phrase.

#include <string>

#include "reports/summary/gate.h"
#include "reports/summary/past.h"
#include "reports/summary/summary.h"

namespace fleetscan::summary {

/// "19% failing, limit 50%"; "none newly failing" where the limit is none at all.
[[nodiscard]] std::string phrase(const Criterion& criterion);

/// Why a judged run has its verdict: "57 of 300 hosts fail, 56 of them known".
/// REQUIRES: the gate's verdict, criteria and counts are set
[[nodiscard]] std::string reason_for(const Summary& summary, const Gate& gate, const Past* past);

/// How far a run got that ended early, and why it did if its results say so.
[[nodiscard]] std::string reason_of_end(const Summary& summary);

}  // namespace fleetscan::summary
