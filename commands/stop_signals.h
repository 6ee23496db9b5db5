#pragma once
// SIGINT and SIGTERM as something to be asked for, where no event loop takes them.

#include <array>
#include <csignal>

namespace fleetscan::commands {

/// Takes the signals while it lives; children that end make none. One at a time.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  /// The last one that came, since the last of these objects was made; 0: none.
  [[nodiscard]] static int received();

 private:
  static constexpr std::array<int, 2> kNumbers{SIGINT, SIGTERM};
  std::array<struct sigaction, 2> before_{};
  struct sigaction child_before_ {};
};

}  // namespace fleetscan::commands
