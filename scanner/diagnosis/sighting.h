#pragma once
// Describes what was seen of a failure in one sentence with its numbers: the
// first reason of every cause.

#include <cstddef>
#include <string>
#include <string_view>

#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {

inline constexpr std::size_t kMaxQuote = 255;

/// The text in quotes, raw, cut after kMaxQuote bytes.
[[nodiscard]] std::string in_quotes(std::string_view raw);
/// "ECONNREFUSED"; "error 4711" for a number without a name.
[[nodiscard]] std::string error_name(int error);

[[nodiscard]] std::string sighting(probe::Outcome outcome, const probe::Evidence& evidence);

}  // namespace fleetscan::diagnosis
