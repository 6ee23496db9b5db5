#pragma once
// Classifies one attempt's evidence.

#include <chrono>
#include <string_view>

#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::probe {

/// libwrap (TCP wrappers) sleeps this long before it closes a connection that it refuses.
inline constexpr std::chrono::seconds kWrapperClose{5};
/// A failed neighbor look-up is reported after three requests, 3.0 to 3.1 s. A router or filter
/// refuses within a round trip, over IPv6 sometimes after one retransmission of the SYN (1 s). The
/// line is drawn between them.
inline constexpr std::chrono::milliseconds kNeighborFailure{2500};
/// How OpenSSH 8.2 to 9.7 refuses a connection in words, in place of an identification.
inline constexpr std::string_view kMaxStartups = "Exceeded MaxStartups";

/// Total and pure, so that stored evidence can be classified again by newer rules. What no rule
/// explains is a scanner_ class: blamed on us, never on the host.
///
/// A proved host key that is not the expected one (HostKey::known) outweighs all else.
///
/// Never returns ok_after_retry, not_probed, skipped, or a resolve_ class other than that of a name
/// which a proxy cannot resolve: those need more than one attempt's evidence, or none.
///
/// Where this machine was late (Evidence::lateness), a close counts as the earliest that it can
/// have been, and no identification is called slow for it.
[[nodiscard]] Outcome classify(const Evidence& evidence);

/// The class rests on milliseconds, and this machine was later than those.
[[nodiscard]] bool is_weak(Outcome outcome, const Evidence& evidence);

}  // namespace fleetscan::probe
