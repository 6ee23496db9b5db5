#pragma once
// From what was seen of a target to its result: class, deciding attempt and causes.

#include <string_view>
#include <vector>

#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

/// The only maker of a result, other than reading one back from its record: verdict() over the
/// attempts, then diagnose() without neighbors or history. Pure, so the same evidence gives the
/// same class, deciding attempt and causes, however many passes gathered it.
[[nodiscard]] probe::HostResult conclude(probe::HostEvidence&& evidence);

/// A result to which later attempts are added: what conclude() makes of all attempts together.
/// Echo, note and look-up time remain those of `earlier`.
/// @param more  on the same target, in order of time
[[nodiscard]] probe::HostResult conclude_again(probe::HostResult&& earlier,
                                               const std::vector<probe::Attempt>& more);

/// A result that is doubted, because something shows that our own side is in trouble: what that
/// could explain is not blamed on the host. It is every failure of a host that has not sent a byte;
/// it becomes scanner_network or, where no name server answered well, scanner_resolver, and the
/// note tells the class that it had. Names that do not exist, and hosts that spoke, stay what they
/// are.
/// @param why  "no canary was reached"
[[nodiscard]] probe::HostResult doubt(probe::HostResult&& result, std::string_view why);

}  // namespace fleetscan::diagnosis
