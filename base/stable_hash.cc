#include "base/stable_hash.h"

#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace fleetscan {

std::uint64_t stable_hash(std::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

}  // namespace fleetscan
