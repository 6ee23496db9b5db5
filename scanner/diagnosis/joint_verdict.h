#pragma once
// The joint verdict on a target that was asked from several vantages (`--from`).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

/// From where a target is reached.
enum class Reach : std::uint8_t {
  all,   ///< every vantage that could tell reaches it
  some,  ///< some do, some do not
  none,  ///< every vantage that could tell fails
  open,  ///< none could tell
};

[[nodiscard]] std::string_view to_string(Reach reach);  ///< "all", "some", "none", "unknown"

/// What vantages could not tell is left out.
[[nodiscard]] Reach reach(std::span<const probe::View> views);

/// The names of the vantages from which it fails, "fra1, iad"; empty if it fails from none.
[[nodiscard]] std::string failing_from(std::span<const probe::View> views);

/// Whether some vantage could not tell, and none that could tell fails: what a target like this is
/// from everywhere is not known.
[[nodiscard]] bool is_open(std::span<const probe::View> views);

/// What a vantage's result comes to.
[[nodiscard]] probe::View view_of(const probe::HostResult& result);

/// How much a view says about the verdict: the failure of a vantage before one that reaches it,
/// that before one that could not tell. Lower is stronger.
[[nodiscard]] int rank(const probe::View& view);

/// The verdict from all of them: the strongest view's result, the first one among equals, with its
/// causes in the light of the others: what is reached from elsewhere fails because of our address
/// or path rather than by itself, and the reverse.
/// @param strongest  the result of the view of lowest rank()
/// @param views  one for each vantage, in the order of the run
[[nodiscard]] probe::HostResult join(probe::HostResult&& strongest, std::vector<probe::View> views);

}  // namespace fleetscan::diagnosis
