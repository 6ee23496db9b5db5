// One libFuzzer target: FUZZED is a function of targets.h.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fleetscan::fuzz::FUZZED({reinterpret_cast<const char*>(data), size});
  return 0;
}
