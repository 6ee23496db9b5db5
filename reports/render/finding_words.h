#pragma once
// What a terminal says of a finding, in parts of a line. All texts are printable.

#include <cstdint>
#include <string>

#include "reports/summary/common_cause.h"

namespace fleetscan::render {

/// "37 of 40": those that fail, of the hosts of the place.
[[nodiscard]] std::string share_of(const summary::CommonCause& finding);

/// "10.0.0.0/24, only from fra1".
/// @param hosts  of the whole run
[[nodiscard]] std::string place_of(const summary::CommonCause& finding, std::uint64_t hosts);

/// In which class; or that there are several.
[[nodiscard]] std::string alike(const summary::CommonCause& finding);

/// "5 connect_timeout, 4 kex_reset and 3 in 2 more classes".
[[nodiscard]] std::string ways_of(const summary::CommonCause& finding);

/// "tcp_wrappers: ", or how many of the hosts that is said of; nothing without a cause.
[[nodiscard]] std::string likely(const summary::CommonCause& finding);

/// "new", "2 new", "since 2026-11-20 02:15"; empty where there is nothing to compare with.
[[nodiscard]] std::string age(const summary::CommonCause& finding);

}  // namespace fleetscan::render
