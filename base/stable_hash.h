#pragma once
// A hash that is the same in every process, on every machine and in every version: XXH64, seed 0.

#include <cstdint>
#include <string_view>

namespace fleetscan {

[[nodiscard]] std::uint64_t stable_hash(std::string_view bytes);

}  // namespace fleetscan
