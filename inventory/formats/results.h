#pragma once
// Reads the hosts of an earlier scan from its results.jsonl: what failed last time, to be asked
// again.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Whether a text begins with the first record of a results file.
[[nodiscard]] bool looks_like_results(std::string_view text);

/// Which hosts of a results file count (`--only`).
enum class Only : std::uint8_t {
  all,
  failing,    ///< unreachable
  reachable,  ///< degraded ones, too
  unknown,    ///< could not be judged, or not probed
};

/// Hands over each host with its port and labels, as its record has them. Where several records
/// name one target, the last one counts.
void parse_results(std::string_view text, Only only, const std::string& source,
                   const EntrySink& sink, InputErrors& errors);

}  // namespace fleetscan::inventory
