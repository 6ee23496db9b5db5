#pragma once
// The simulated fleet in a thread of the test itself.

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <string_view>
#include <thread>

#include "tests/simulator/fleet.h"
#include "tests/simulator/scenario.h"

namespace fleetscan::test {

/// Serves a scenario on 127.0.0.0/8 while it lives, at most for a minute.
class FleetThread {
 public:
  explicit FleetThread(std::string_view scenario)
      : scenario_(simulator::Scenario::parse(scenario, "scenario")),
        fleet_(scenario_, {0}),
        stop_(eventfd(0, EFD_CLOEXEC)),
        thread_([this] {
          fleet_.serve(std::chrono::steady_clock::now() + std::chrono::minutes{1}, stop_.get(),
                       [this] { return fleet_.statistics().open() == 0; });
        }) {}
  ~FleetThread() { stop(); }

  /// Ends the service once every client has left; the statistics stand still from then on.
  void stop() {
    if (!thread_.joinable()) return;
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }

  [[nodiscard]] const std::vector<std::string>& errors() const { return scenario_.errors(); }
  [[nodiscard]] std::uint16_t port() const { return fleet_.ports().front(); }
  [[nodiscard]] const simulator::Statistics& statistics() const { return fleet_.statistics(); }

 private:
  simulator::Scenario scenario_;
  simulator::Fleet fleet_;
  simulator::Descriptor stop_;
  std::thread thread_;
};

}  // namespace fleetscan::test
