#pragma once
// Worker runs probes on one loop and hands back what they saw.

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/result.h"

namespace fleetscan::net {

/// Owns the probes in flight on one loop, and the one timer that serves their deadlines.
///
/// Destroying it cancels what is in flight; nothing calls back afterwards.
class Worker {
 public:
  /// @param when  the attempt ended
  using Done = std::function<void(std::uint64_t id, probe::Attempt&& attempt, TimePoint when)>;

  /// @param on_done  called exactly once for each request, from the loop and never from inside
  ///                 start(); it may call start().
  Worker(uv_loop_t& loop, const probe::ProbeSettings& settings, Done on_done);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// REQUIRES: no request with the same id is in flight
  void start(const probe::ProbeRequest& request);
  [[nodiscard]] std::size_t in_flight() const;

 private:
  class Probes;
  template <typename Stream>
  class ProbesOver;
  std::unique_ptr<Probes> probes_;
};

}  // namespace fleetscan::net
