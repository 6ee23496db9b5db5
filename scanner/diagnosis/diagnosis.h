#pragma once
// Ranks the causes of a failure, with the reasons that moved each.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scanner/diagnosis/neighborhood.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

/// What other runs know about the same target. All of it may be empty.
struct Earlier {
  std::uint64_t runs = 0;                   ///< earlier runs with this target
  std::uint64_t reached = 0;                ///< in how many of them it was reached
  std::optional<probe::Outcome> last = {};  ///< its class in the latest of them
  std::optional<std::string> ident = {};    ///< its identification there, raw
  std::uint64_t vantages_reached = 0;       ///< other vantages that reach it now
  std::uint64_t vantages_alike = 0;         ///< ... that fail in the same class
};

/// Causes, likeliest first. Each class has its suspects with a weight; each observation multiplies
/// the weight of the causes it speaks for by 2 or 4 (16 where it all but proves one), and divides
/// those it speaks against. A cause's confidence is its share of all weights, of which a rest is
/// kept for what nobody thought of: no cause is ever certain.
///
/// `because` begins with what was seen, then names the observations; those against the cause begin
/// with "against it: ". Sentences quote foreign text raw, at most kMaxQuote bytes of each.
///
/// @return nothing for a host in which nothing is wrong, that was not probed, or whose class has no
///         explanation. A host that recovered is explained by its first failure.
[[nodiscard]] std::vector<probe::Cause> diagnose(const probe::HostResult& result,
                                                 const Neighborhood& neighborhood = {},
                                                 const Earlier& earlier = {});

/// The same causes in the light of what was learned since: diagnose(result, n, e) is
/// reconsider(diagnose(result), outcome, n, e), so that stored causes can be ranked again.
/// @param outcome  of the host
[[nodiscard]] std::vector<probe::Cause> reconsider(const std::vector<probe::Cause>& causes,
                                                   probe::Outcome outcome,
                                                   const Neighborhood& neighborhood,
                                                   const Earlier& earlier = {});

}  // namespace fleetscan::diagnosis
