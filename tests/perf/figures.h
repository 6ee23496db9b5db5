#pragma once
// What the measuring programs share: their arguments, targets and figures.

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace fleetscan::perf {

struct Arguments {
  std::uint32_t first_address = 0;  ///< host order
  std::uint32_t count = 0;
  std::uint16_t port = 0;
  std::uint32_t concurrency = 1;
};

/// Reads "FIRST-ADDRESS COUNT PORT CONCURRENCY"; explains itself and exits with 2 if they are
/// wrong.
[[nodiscard]] Arguments parse_arguments(int argc, char** argv);

/// The host that is `index` addresses after the first one.
[[nodiscard]] sockaddr_in target(const Arguments& arguments, std::uint32_t index);

/// Wall-clock and CPU time of this process since its construction.
class Stopwatch {
 public:
  Stopwatch();
  /// "NAME: N of M hosts, X hosts/s, Y us CPU per host (user U, system S)"
  [[nodiscard]] std::string figures(const std::string& name, std::uint32_t reached,
                                    std::uint32_t hosts) const;

 private:
  std::chrono::steady_clock::time_point began_;
  double user_began_;  ///< seconds
  double system_began_;
};

}  // namespace fleetscan::perf
