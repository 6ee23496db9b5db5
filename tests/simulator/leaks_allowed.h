#pragma once
// libssh2 up to 1.11.1 loses the server's key of an exchange whose proof it refuses. A test of just
// that says so to the leak checker.

#if defined(__has_feature)  // clang's way to say it
#if __has_feature(address_sanitizer)
#define FLEETSCAN_LEAK_CHECKER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define FLEETSCAN_LEAK_CHECKER
#endif
#ifdef FLEETSCAN_LEAK_CHECKER
#include <sanitizer/lsan_interface.h>
#endif

namespace fleetscan::simulator {

/// While one lives, what its thread allocates may be lost.
#ifdef FLEETSCAN_LEAK_CHECKER
using LeaksAllowed = __lsan::ScopedDisabler;
#else
struct LeaksAllowed {
  ~LeaksAllowed() {}  // without one the variable would count as unused
};
#endif

}  // namespace fleetscan::simulator
