#include "scanner/net/worker_pool.h"

#include <uv.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "scanner/net/event_loop.h"
#include "scanner/net/uv_handle.h"
#include "scanner/net/worker.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/result.h"

namespace fleetscan::net {
namespace {

struct Finished {
  std::uint64_t id;
  probe::Attempt attempt;
  TimePoint when;
};

/// Handed from one thread to another in batches.
template <typename T>
class Mailbox {
 public:
  /// Empties `batch` into the box.
  void put(std::vector<T>& batch) {
    const std::lock_guard lock(mutex_);
    for (auto& item : batch) items_.push_back(std::move(item));
    batch.clear();
  }
  /// Empties the box into `batch`, which is empty.
  void take(std::vector<T>& batch) {
    const std::lock_guard lock(mutex_);
    batch.swap(items_);
  }

 private:
  std::mutex mutex_;
  std::vector<T> items_;
};

/// As make_handle, for the one kind whose callback is given at its start.
UvHandle<uv_async_t> make_async(uv_loop_t& loop, void* owner, uv_async_cb callback) {
  return make_handle<uv_async_t>(loop, owner, [callback](uv_loop_t* l, uv_async_t* async) {
    uv_async_init(l, async, callback);
  });
}

template <typename Run>
std::thread started(Run run) {
  try {
    return std::thread(std::move(run));
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot start a thread");
  }
}

}  // namespace

/// Members above the line belong to the owner's thread, those below it to its own.
class WorkerPool::Thread {
 public:
  Thread(const probe::ProbeSettings& settings, uv_async_t& results)
      : results_(results),
        wake_(make_async(loop_.uv(), this, on<&Thread::on_wake>)),
        prepare_(make_handle<uv_prepare_t>(loop_.uv(), this, uv_prepare_init)),
        worker_(std::in_place, loop_.uv(), settings,
                [this](std::uint64_t id, probe::Attempt&& attempt, TimePoint when) {
                  done_.push_back({id, std::move(attempt), when});
                }),
        thread_(started([this] { serve(); })) {}

  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  ~Thread() {
    stopping_ = true;
    uv_async_send(wake_.get());
    thread_.join();
  }

  void queue(const probe::ProbeRequest& request) {
    queued_.push_back(request);
    ++in_flight_;
  }

  void hand_over() {
    if (queued_.empty()) return;
    requests_.put(queued_);
    uv_async_send(wake_.get());
  }

  void collect(const Worker::Done& on_done) {
    attempts_.take(collected_);
    in_flight_ -= collected_.size();
    for (auto& [id, attempt, when] : collected_) on_done(id, std::move(attempt), when);
    collected_.clear();
  }

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

 private:
  void serve() {
    uv_prepare_start(prepare_.get(), on<&Thread::deliver>);
    uv_run(&loop_.uv(), UV_RUN_DEFAULT);
    worker_.reset();
  }

  void on_wake() {
    if (stopping_) return uv_stop(&loop_.uv());
    requests_.take(begun_);
    for (const auto& request : begun_) worker_->start(request);
    begun_.clear();
  }

  void deliver() {
    if (done_.empty()) return;
    attempts_.put(done_);
    uv_async_send(&results_);
  }

  std::vector<probe::ProbeRequest> queued_;
  std::vector<Finished> collected_;
  std::size_t in_flight_ = 0;

  Mailbox<probe::ProbeRequest> requests_;
  Mailbox<Finished> attempts_;
  std::atomic<bool> stopping_{false};
  uv_async_t& results_;
  // ---
  EventLoop loop_;
  UvHandle<uv_async_t> wake_;
  UvHandle<uv_prepare_t> prepare_;
  std::vector<probe::ProbeRequest> begun_;
  std::vector<Finished> done_;
  std::optional<Worker> worker_;
  std::thread thread_;
};

WorkerPool::WorkerPool(uv_loop_t& loop, const probe::ProbeSettings& settings, unsigned threads,
                       Worker::Done on_done)
    : on_done_(std::move(on_done)) {
  if (threads <= 1) {
    own_.emplace(loop, settings, on_done_);
    return;
  }
  prepare_ = make_handle<uv_prepare_t>(loop, this, uv_prepare_init);
  uv_prepare_start(prepare_.get(), on<&WorkerPool::hand_over>);
  uv_unref(reinterpret_cast<uv_handle_t*>(prepare_.get()));
  results_ = make_async(loop, this, on<&WorkerPool::collect>);
  for (unsigned i = 0; i < threads; ++i)
    threads_.push_back(std::make_unique<Thread>(settings, *results_));
}

WorkerPool::~WorkerPool() = default;

void WorkerPool::start(const probe::ProbeRequest& request) {
  if (own_) return own_->start(request);
  const auto least = std::ranges::min_element(
      threads_, {}, [](const auto& thread) { return thread->in_flight(); });
  (*least)->queue(request);
}

std::size_t WorkerPool::in_flight() const {
  if (own_) return own_->in_flight();
  std::size_t sum = 0;
  for (const auto& thread : threads_) sum += thread->in_flight();
  return sum;
}

void WorkerPool::hand_over() {
  for (const auto& thread : threads_) thread->hand_over();
}

void WorkerPool::collect() {
  for (const auto& thread : threads_) thread->collect(on_done_);
}

}  // namespace fleetscan::net
