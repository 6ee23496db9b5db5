#pragma once
// With which status the program leaves. Beside these: 128 + the number of the signal that ended it.

namespace fleetscan {

inline constexpr int kExitPassed = 0;
inline constexpr int kExitFailed = 1;     ///< the gate failed, or `compare` found a difference
inline constexpr int kExitUsage = 2;      ///< usage, configuration or input; nothing was probed
inline constexpr int kExitUndecided = 3;  ///< incomplete or undecidable, or the lock is held
inline constexpr int kExitOutput = 4;     ///< an output could not be written

constexpr int exit_by_signal(int number) { return 128 + number; }

}  // namespace fleetscan
