#pragma once
// Formats numbers and durations for people.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fleetscan {

[[nodiscard]] std::string grouped(std::uint64_t value);  ///< "1,234,567"

/// "1 host", "2,000 hosts", "3 entries", "2 addresses".
/// @param thing  in the singular
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view thing);

/// The same with more behind it: "1 duplicate merged", "3 duplicates merged".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view thing,
                                  std::string_view rest);

/// From 0 to 1; 0 of nothing.
[[nodiscard]] double share(std::uint64_t part, std::uint64_t whole);

/// A share in percent: "5%", "0.1%"; "0%" and "100%" only where they are exact, otherwise "<0.1%"
/// and ">99.9%".
[[nodiscard]] std::string percent(std::uint64_t part, std::uint64_t whole);

[[nodiscard]] std::string duration_text(
    Micros value);  ///< "< 0.1 ms", "12 ms", "1.5 s", "2 min 5 s"

}  // namespace fleetscan
