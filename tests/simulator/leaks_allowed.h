#pragma once
// libssh2 up to 1.11.1 loses the server's key of an exchange whose proof it refuses. A test of just
// that says so to the leak checker.

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace fleetscan::simulator {

/// While one lives, what its thread allocates may be lost.
#ifdef __SANITIZE_ADDRESS__
using LeaksAllowed = __lsan::ScopedDisabler;
#else
struct LeaksAllowed {
  ~LeaksAllowed() {}  // without one the variable would count as unused
};
#endif

}  // namespace fleetscan::simulator
