#pragma once
// A fleet that serves on a thread of its own while a test talks to it.

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/simulator/fleet.h"
#include "tests/simulator/scenario.h"

namespace fleetscan::simulator {

class RunningFleet {
 public:
  /// @throws std::runtime_error with the first error in the scenario
  explicit RunningFleet(std::string_view scenario)
      : scenario_(checked(Scenario::parse(scenario, "scenario"))),
        fleet_(scenario_, std::vector<std::uint16_t>{0}),
        wake_(eventfd(0, EFD_CLOEXEC)),
        thread_([this] {
          fleet_.serve(std::chrono::steady_clock::now() + std::chrono::minutes(2), wake_.get(),
                       [] { return true; });
        }) {}
  ~RunningFleet() { stop(); }
  RunningFleet(const RunningFleet&) = delete;
  RunningFleet& operator=(const RunningFleet&) = delete;

  [[nodiscard]] std::uint16_t port() const { return fleet_.ports().front(); }
  [[nodiscard]] const Scenario& scenario() const { return scenario_; }

  /// Ends the fleet; its statistics may be read from then on.
  const Statistics& stop() {
    if (thread_.joinable()) {
      const std::uint64_t one = 1;
      if (write(wake_.get(), &one, sizeof one) == sizeof one) thread_.join();
    }
    return fleet_.statistics();
  }

 private:
  static Scenario checked(Scenario scenario) {
    if (!scenario.errors().empty()) throw std::runtime_error(scenario.errors().front());
    return scenario;
  }

  Scenario scenario_;
  Fleet fleet_;
  Descriptor wake_;
  std::thread thread_;
};

}  // namespace fleetscan::simulator
