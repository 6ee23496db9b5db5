#pragma once
// The program as one statically linked file (`cmake --preset static`), which needs nothing of the
// machine that it runs on, and must not load anything of it either: a library there was made for
// another C library than ours.

namespace fleetscan {

#ifdef FLEETSCAN_STATIC
inline constexpr bool kStaticProgram = true;
#else
inline constexpr bool kStaticProgram = false;
#endif

/// Accounts and services are looked up in their files in /etc, host names in /etc/hosts and at name
/// servers, whatever nsswitch.conf(5) names besides; OpenSSL loads no provider that its
/// configuration names. To be called before anything is looked up; does nothing in a program that
/// is linked dynamically.
void load_no_libraries();

}  // namespace fleetscan
