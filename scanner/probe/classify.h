#pragma once
// Gives one attempt's evidence its class.

#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::probe {

/// Total and pure, so that stored evidence can be classified again by newer rules. What no rule
/// explains is a scanner_ class: blamed on us, never on the host.
///
/// Never returns ok_after_retry, host_key_changed, resolve_*, not_probed or skipped: those need
/// more than one attempt's evidence.
[[nodiscard]] Outcome classify(const Evidence& evidence);

}  // namespace fleetscan::probe
