#pragma once
// Lists what servers and networks do that no rule of the diagnosis uses, and why not.

#include <span>
#include <string_view>

namespace fleetscan::diagnosis {

struct BlindSpot {
  std::string_view behavior;
  std::string_view why;
};

[[nodiscard]] std::span<const BlindSpot> blind_spots();

}  // namespace fleetscan::diagnosis
