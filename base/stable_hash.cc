#include "base/stable_hash.h"

#include <xxhash.h>

namespace fleetscan {

std::uint64_t stable_hash(std::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

}  // namespace fleetscan
