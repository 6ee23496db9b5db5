#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/targets.h"

namespace fleetscan::fuzz {

void require(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "a promise is broken: %s\n", promise);
  std::abort();
}

}  // namespace fleetscan::fuzz
