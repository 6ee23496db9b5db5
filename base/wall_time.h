#pragma once
// Points in time as text: RFC 3339, UTC, milliseconds ("2026-11-20T02:15:00.000Z").

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fleetscan {

/// A moment without a string of its own.
using Rfc3339 = std::array<char, 24>;
[[nodiscard]] Rfc3339 rfc3339(WallTime time);
[[nodiscard]] std::string to_rfc3339(WallTime time);

/// As people read it: "2026-11-20 02:15:00 UTC".
[[nodiscard]] std::string readable(WallTime time);

/// "2026-11-20 02:15", UTC.
[[nodiscard]] std::string minute_text(WallTime time);
/// "2026-11-20", UTC.
[[nodiscard]] std::string day_text(WallTime time);

/// Reads exactly the form that to_rfc3339() writes.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace fleetscan
