#include "scanner/net/worker.h"

#include <uv.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/clock.h"
#include "scanner/net/direct_tcp.h"
#include "scanner/net/probe_driver.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/uv_handle.h"
#include "scanner/net/via_proxy.h"
#include "scanner/net/via_ssh.h"
#include "scanner/plan/deadline_queue.h"
#include "scanner/plan/recycled_map.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/result.h"
#include "scanner/proxy/proxy.h"

namespace fleetscan::net {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

// How long cryptography may keep the loop from looking at its sockets. Causes are told apart by
// milliseconds, so our own delay must stay below them.
constexpr auto kResumeBudget = 1000us;

// How often the loop's lateness is measured, and for how long the worst is remembered at least.
constexpr auto kBeat = 25ms;
constexpr auto kRemembered = 250ms;
// Timers count in milliseconds: that much is not lateness.
constexpr auto kGrain = 2ms;

// For how long a look at the wall clock serves: so late a step of that clock is noticed.
constexpr auto kWallClock = 10ms;

}  // namespace

/// The probes of a worker, whatever they run on.
class Worker::Probes {
 public:
  virtual ~Probes() = default;
  virtual void start(const probe::ProbeRequest& request) = 0;
  [[nodiscard]] virtual std::size_t in_flight() const = 0;
};

template <typename Stream>
class Worker::ProbesOver final : public Worker::Probes, public ProbeOwner {
 public:
  ProbesOver(uv_loop_t& loop, const probe::ProbeSettings& settings, Done on_done);

  void start(const probe::ProbeRequest& request) override;
  [[nodiscard]] std::size_t in_flight() const override { return probes_.size(); }

  void finished(std::uint64_t id, probe::Attempt&& attempt, TimePoint when) override;
  void wants_resume(std::uint64_t id, bool costly) override;
  void deadline_changed(std::uint64_t id, TimePoint deadline) override;
  TimePoint event_began() override;
  WallTime wall_time(TimePoint when) override;
  [[nodiscard]] TimePoint earliest() const override;
  [[nodiscard]] Micros lateness() const override;
  [[nodiscard]] std::span<char> buffer() override { return buffer_; }

 private:
  void beat();
  void on_events(std::uint64_t id, std::uint32_t events);
  void end_turn();
  void resume_some();
  void resume_first(std::deque<std::uint64_t>& waiting);
  void serve_deadlines();
  void arm_timer();

  uv_loop_t& loop_;
  probe::ProbeSettings settings_;
  Done on_done_;
  plan::DeadlineQueue deadlines_;
  std::optional<TimePoint> armed_;  ///< when the timer fires
  std::deque<std::uint64_t> resumes_;
  std::deque<std::uint64_t> costly_;       ///< whose turn is when no other waits
  TimePoint turn_began_ = steady_now();    ///< when the last poll returned
  TimePoint previous_turn_ = turn_began_;  ///< and the one before
  std::uint64_t idle_before_ = 0;  ///< ns for which the loop had waited before this turn polled
  bool in_turn_ = false;
  std::optional<TimePoint> wall_asked_;              ///< when the wall clock was looked at
  std::chrono::system_clock::time_point wall_then_;  ///< and what it said
  TimePoint beat_due_;
  TimePoint worst_since_;
  Micros worst_{0}, worst_before_{0};  ///< lateness since then, and in the time before
  std::array<char, 16384> buffer_;
  UvHandle<uv_timer_t> beat_;
  UvHandle<uv_timer_t> timer_;
  UvHandle<uv_idle_t> idle_;        ///< active while work waits: the loop then does not
  UvHandle<uv_prepare_t> prepare_;  ///< runs just before the loop polls
  UvHandle<uv_check_t> check_;      ///< and just after
  SocketWatch watch_;
  typename Stream::Shared shared_;
  plan::RecycledMap<std::uint64_t, std::optional<ProbeDriver<Stream>>> probes_;
};

template <typename Stream>
Worker::ProbesOver<Stream>::ProbesOver(uv_loop_t& loop, const probe::ProbeSettings& settings,
                                       Done on_done)
    : loop_(loop),
      settings_(settings),
      on_done_(std::move(on_done)),
      beat_(make_handle<uv_timer_t>(loop, this, uv_timer_init)),
      timer_(make_handle<uv_timer_t>(loop, this, uv_timer_init)),
      idle_(make_handle<uv_idle_t>(loop, this, uv_idle_init)),
      prepare_(make_handle<uv_prepare_t>(loop, this, uv_prepare_init)),
      check_(make_handle<uv_check_t>(loop, this, uv_check_init)),
      watch_(loop, [this](std::uint64_t id, std::uint32_t events) { on_events(id, events); }),
      shared_(settings_) {
  if constexpr (requires { shared_.attach(loop, {}); })
    shared_.attach(loop, [this](std::uint64_t id, std::uint32_t events) { on_events(id, events); });
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);  // tells a poll that waited from one that did not
  uv_prepare_start(prepare_.get(), on<&ProbesOver::end_turn>);
  uv_check_start(check_.get(), on<&ProbesOver::event_began>);
  beat_due_ = worst_since_ = turn_began_ + kBeat;
  uv_timer_start(beat_.get(), on<&ProbesOver::beat>, kBeat.count(), kBeat.count());
  // They only take note of the time: they must not keep the loop alive.
  uv_unref(reinterpret_cast<uv_handle_t*>(beat_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(prepare_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(check_.get()));
}

template <typename Stream>
void Worker::ProbesOver<Stream>::start(const probe::ProbeRequest& request) {
  probes_[request.id].emplace(request, settings_, *this, watch_, shared_).start();
}

template <typename Stream>
void Worker::ProbesOver<Stream>::on_events(std::uint64_t id, std::uint32_t events) {
  if (const auto found = probes_.find(id); found != probes_.end()) found->second->on_events(events);
}

template <typename Stream>
void Worker::ProbesOver<Stream>::finished(std::uint64_t id, probe::Attempt&& attempt,
                                          TimePoint when) {
  deadlines_.cancel(id);
  probes_.erase(id);  // closes the connection: only then may another to this host begin
  on_done_(id, std::move(attempt), when);
}

template <typename Stream>
void Worker::ProbesOver<Stream>::wants_resume(std::uint64_t id, bool costly) {
  (costly ? costly_ : resumes_).push_back(id);
  uv_idle_start(idle_.get(), on<&ProbesOver::resume_some>);
}

template <typename Stream>
void Worker::ProbesOver<Stream>::resume_some() {
  const auto began = steady_now();
  if (resumes_.empty() && !costly_.empty()) resume_first(costly_);
  while (!resumes_.empty() && steady_now() - began < kResumeBudget) resume_first(resumes_);
  if (resumes_.empty() && costly_.empty()) uv_idle_stop(idle_.get());
}

template <typename Stream>
void Worker::ProbesOver<Stream>::resume_first(std::deque<std::uint64_t>& waiting) {
  const auto found = probes_.find(waiting.front());
  waiting.pop_front();
  if (found != probes_.end()) found->second->resume();
}

template <typename Stream>
void Worker::ProbesOver<Stream>::deadline_changed(std::uint64_t id, TimePoint deadline) {
  deadlines_.push(id, deadline);
  // A later one than the timer waits for needs no look at the queue.
  if (!armed_ || deadline < *armed_) arm_timer();
}

template <typename Stream>
void Worker::ProbesOver<Stream>::arm_timer() {
  const auto next = deadlines_.next();
  if (!next || (armed_ && *armed_ <= *next)) return;
  armed_ = next;
  start_timer(*timer_, *next, on<&ProbesOver::serve_deadlines>);
}

template <typename Stream>
void Worker::ProbesOver<Stream>::serve_deadlines() {
  armed_.reset();
  for (const auto id : deadlines_.pop_due(steady_now())) {
    const auto found = probes_.find(id);
    if (found == probes_.end()) continue;
    found->second->tick();
    // One that goes on without having moved its deadline still needs it.
    if (const auto still = probes_.find(id); still != probes_.end())
      deadlines_.push(id, still->second->deadline());
  }
  arm_timer();
}

template <typename Stream>
void Worker::ProbesOver<Stream>::end_turn() {
  idle_before_ = uv_metrics_idle_time(&loop_);
  in_turn_ = false;
}

template <typename Stream>
void Worker::ProbesOver<Stream>::beat() {
  const auto now = steady_now();
  worst_ = std::max(worst_, std::chrono::duration_cast<Micros>(now - beat_due_ - kGrain));
  beat_due_ = now + kBeat;
  if (now - worst_since_ < kRemembered) return;
  worst_since_ = now;
  worst_before_ = std::exchange(worst_, Micros{0});
}

// What the beat has measured, or would measure by now.
template <typename Stream>
Micros Worker::ProbesOver<Stream>::lateness() const {
  const auto overdue = std::chrono::duration_cast<Micros>(turn_began_ - beat_due_ - kGrain);
  return std::max({worst_, worst_before_, overdue, Micros{0}});
}

template <typename Stream>
TimePoint Worker::ProbesOver<Stream>::event_began() {
  const auto now = steady_now();
  if (!std::exchange(in_turn_, true)) previous_turn_ = std::exchange(turn_began_, now);
  return now;
}

// Probes that begin together share one look at the clock.
template <typename Stream>
WallTime Worker::ProbesOver<Stream>::wall_time(TimePoint when) {
  if (!wall_asked_ || when - *wall_asked_ >= kWallClock) {
    wall_asked_ = when;
    wall_then_ = std::chrono::system_clock::now();
  }
  return std::chrono::floor<std::chrono::milliseconds>(wall_then_ + (when - *wall_asked_));
}

template <typename Stream>
TimePoint Worker::ProbesOver<Stream>::earliest() const {
  const bool waited = uv_metrics_idle_time(&loop_) > idle_before_;
  return waited ? turn_began_ : previous_turn_;
}

Worker::Worker(uv_loop_t& loop, const probe::ProbeSettings& settings, Done on_done) {
  if (settings.proxy && settings.proxy->kind == proxy::Kind::ssh)
    probes_ = std::make_unique<ProbesOver<ViaSsh>>(loop, settings, std::move(on_done));
  else if (settings.proxy)
    probes_ = std::make_unique<ProbesOver<ViaProxy>>(loop, settings, std::move(on_done));
  else
    probes_ = std::make_unique<ProbesOver<DirectTcp>>(loop, settings, std::move(on_done));
}
Worker::~Worker() = default;

void Worker::start(const probe::ProbeRequest& request) { probes_->start(request); }
std::size_t Worker::in_flight() const { return probes_->in_flight(); }

}  // namespace fleetscan::net
