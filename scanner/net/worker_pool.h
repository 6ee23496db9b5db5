#pragma once
// WorkerPool: several workers, each on a loop and a thread of its own, behind the interface of one.

#include <uv.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "scanner/net/uv_handle.h"
#include "scanner/net/worker.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"

namespace fleetscan::net {

/// The owner's loop plans, the threads' loops probe. They share nothing: once per turn of a loop a
/// batch of requests goes one way, a batch of attempts the other, each by a queue and a uv_async_t.
/// What crosses is bounded by what is in flight.
///
/// A single worker runs on the owner's own loop, without a thread: the hand-over would cost more
/// than planning takes. Destroying the pool cancels what is in flight; nothing calls back
/// afterwards.
class WorkerPool {
 public:
  /// @param loop     the owner's; all calls and callbacks are made there
  /// @param on_done  as Worker's
  WorkerPool(uv_loop_t& loop, const probe::ProbeSettings& settings, unsigned threads,
             Worker::Done on_done);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  /// REQUIRES: no request with the same id is in flight
  void start(const probe::ProbeRequest& request);
  [[nodiscard]] std::size_t in_flight() const;

 private:
  class Thread;

  void hand_over();
  void collect();

  Worker::Done on_done_;
  std::optional<Worker> own_;
  UvHandle<uv_prepare_t> prepare_;  ///< hands over what a turn of the owner's loop started
  UvHandle<uv_async_t> results_;    ///< some thread has attempts to collect
  std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace fleetscan::net
