// One libFuzzer target; FUZZED names the function of inventory_parsers.h that it feeds.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/inventory_parsers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fleetscan::fuzz::FUZZED({reinterpret_cast<const char*>(data), size});
  return 0;
}
