#pragma once
// Runs one ProbeMachine on one transport.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "scanner/net/transport.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/result.h"

namespace fleetscan::net {

/// What a probe asks of whoever runs it. Probes are named by their requests' ids.
class ProbeOwner {
 public:
  virtual ~ProbeOwner() = default;
  /// The probe ended, with this attempt and its class. May destroy the probe.
  virtual void finished(std::uint64_t id, probe::Attempt&& attempt, TimePoint when) = 0;
  /// Work waits: call resume() when that keeps no other probe from its events.
  /// @param costly  it takes so long that no other probe's work should have to wait for it
  virtual void wants_resume(std::uint64_t id, bool costly) = 0;
  /// Call tick() at `deadline`, and no more at the one told before.
  virtual void deadline_changed(std::uint64_t id, TimePoint deadline) = 0;
  /// The time now, at the beginning of an event's callback.
  virtual TimePoint event_began() = 0;
  /// What the wall clock said at a moment just past.
  virtual WallTime wall_time(TimePoint when) = 0;
  /// The earliest time at which the event reported just now can have happened: our loop may have
  /// been busy since.
  [[nodiscard]] virtual TimePoint earliest() const = 0;
  /// How late this machine came to its events at most, in the last second or so.
  [[nodiscard]] virtual Micros lateness() const = 0;
  /// Space to read into, shared by all probes: what it holds is used up within the callback.
  [[nodiscard]] virtual std::span<char> buffer() = 0;
};

/// A timer that is served so late says that this machine was busy or stopped.
inline constexpr std::chrono::milliseconds kLateTimer{100};

/// One probe in flight. Neither copyable nor movable: its owner holds its address.
///
/// May be destroyed at any moment, even from its owner's callbacks: that closes the stream, and
/// nothing calls back afterwards.
template <Transport Stream>
class ProbeDriver {
 public:
  /// `settings` and `owner` must outlive the probe.
  /// @param stream  what the transport is made of, beside the request
  template <typename... Args>
  ProbeDriver(const probe::ProbeRequest& request, const probe::ProbeSettings& settings,
              ProbeOwner& owner, Args&&... stream);
  ProbeDriver(const ProbeDriver&) = delete;
  ProbeDriver& operator=(const ProbeDriver&) = delete;

  /// Opens the stream. What goes wrong at once is reported by the resume() that it asks for.
  void start();
  /// @param events  what SocketWatch reports
  void on_events(std::uint32_t events);
  void resume();
  void tick();

  /// When tick() is due next: not while its own work waits for us, which moves the deadline.
  [[nodiscard]] TimePoint deadline() const;

 private:
  void handle(std::uint32_t events, TimePoint now);
  // Of here to step(), each returns false when finished() was called: the probe may be destroyed,
  // nothing may touch it.
  [[nodiscard]] bool happened(std::uint32_t events, TimePoint now);
  [[nodiscard]] bool open(std::uint32_t events, TimePoint now);
  [[nodiscard]] bool receive(std::uint32_t events, TimePoint now);
  bool step(const probe::Event& event, TimePoint now);
  void take_soft_errors(TimePoint now);
  void complete_evidence();
  void tell_deadline();
  void send();
  void finish(TimePoint now);

  probe::ProbeRequest request_;
  ProbeOwner& owner_;
  TimePoint started_;
  probe::ProbeMachine machine_;
  std::string unsent_;
  TimePoint told_;  ///< the deadline that the owner knows
  std::optional<probe::Failed> failed_start_;
  bool resume_asked_ = false;
  bool costly_ = false;   ///< that work is
  bool missed_ = false;   ///< something happened meanwhile that was left for later
  bool put_off_ = false;  ///< the machine's deadline was, because we were late
  Stream stream_;
};

template <Transport Stream>
template <typename... Args>
ProbeDriver<Stream>::ProbeDriver(const probe::ProbeRequest& request,
                                 const probe::ProbeSettings& settings, ProbeOwner& owner,
                                 Args&&... stream)
    : request_(request),
      owner_(owner),
      started_(steady_now()),
      machine_(settings, request.question, started_, request.longer, request.key_type),
      stream_(request_, std::forward<Args>(stream)...) {
  machine_.evidence().started = owner.wall_time(started_);
  if (request.name.empty()) machine_.evidence().address = request.address;
}

template <Transport Stream>
void ProbeDriver<Stream>::start() {
  failed_start_ = stream_.start(started_);
  if (!failed_start_) return tell_deadline();
  resume_asked_ = true;
  owner_.wants_resume(request_.id, false);
}

// An event would have the work done first that came before it, at once, however much it is.
template <Transport Stream>
void ProbeDriver<Stream>::on_events(std::uint32_t events) {
  missed_ |= costly_;
  if (!costly_) handle(events, owner_.event_began());
}

template <Transport Stream>
TimePoint ProbeDriver<Stream>::deadline() const {
  return resume_asked_ ? std::max(machine_.deadline(), steady_now() + kLateTimer)
                       : machine_.deadline();
}

template <Transport Stream>
void ProbeDriver<Stream>::resume() {
  resume_asked_ = costly_ = false;
  const auto now = steady_now();
  if (failed_start_) {
    step(*failed_start_, now);
    return;
  }
  if (!step(probe::Resume{}, now)) return;
  tell_deadline();
  if (std::exchange(missed_, false)) stream_.report_again();
}

template <Transport Stream>
void ProbeDriver<Stream>::tick() {
  if (resume_asked_) return;
  const auto now = steady_now();
  // Timers are served before sockets: what came in time must not be called late.
  if (const auto events = stream_.pending_events()) return handle(events, now);
  // Nor may a timer end what our own absence kept from happening: once it is put off.
  if (const auto late = now - told_; late >= kLateTimer && !std::exchange(put_off_, true))
    machine_.put_off(late);
  if (step(probe::Tick{}, now)) tell_deadline();
}

template <Transport Stream>
void ProbeDriver<Stream>::handle(std::uint32_t events, TimePoint now) {
  if (happened(events, now)) tell_deadline();
}

template <Transport Stream>
bool ProbeDriver<Stream>::happened(std::uint32_t events, TimePoint now) {
  if (!stream_.is_open()) {
    if (!open(events, now)) return false;
    if (!stream_.is_open()) return step(probe::Tick{}, now);
  }
  if (!unsent_.empty()) send();
  return !stream_.may_receive(events) || receive(events, now);
}

template <Transport Stream>
bool ProbeDriver<Stream>::open(std::uint32_t events, TimePoint now) {
  const auto opening = stream_.open(events, now, machine_.evidence());
  switch (opening.state) {
    case Opening::State::pending: return true;
    case Opening::State::asked: return step(probe::Asked{}, now);
    case Opening::State::failed: return step(probe::Failed{opening.error, opening.origin}, now);
    case Opening::State::open: break;
  }
  if (opening.error == 0) return step(probe::Connected{}, now);
  machine_.handle(probe::Connected{}, now);
  return step(probe::SoftError{opening.error}, now);
}

template <Transport Stream>
bool ProbeDriver<Stream>::receive(std::uint32_t events, TimePoint now) {
  const auto space = owner_.buffer();
  const auto received = stream_.receive(space, events);
  switch (received.kind) {
    case Receipt::Kind::end: return step(probe::Eof{}, now);
    case Receipt::Kind::failed:
      return step(probe::Failed{received.error, probe::ErrorOrigin::stream}, now);
    case Receipt::Kind::nothing:
      if (received.error != 0) machine_.handle(probe::SoftError{received.error}, now);
      take_soft_errors(now);
      return step(probe::Tick{}, now);
    case Receipt::Kind::bytes: break;
  }
  if (!step(probe::Received{{space.data(), received.count}}, now)) return false;
  if (received.more) stream_.report_again();
  return true;
}

template <Transport Stream>
void ProbeDriver<Stream>::take_soft_errors(TimePoint now) {
  while (const auto error = stream_.take_soft_error(machine_.evidence()))
    if (*error != 0) machine_.handle(probe::SoftError{*error}, now);
}

/// Reports what happened to the machine and does what it then asks for.
template <Transport Stream>
bool ProbeDriver<Stream>::step(const probe::Event& event, TimePoint now) {
  machine_.handle(event, now);
  if (machine_.done()) complete_evidence();
  unsent_ += machine_.take_output();
  if (!unsent_.empty()) send();
  if (machine_.done()) {
    finish(now);
    return false;
  }
  if (machine_.wants_resume() && !std::exchange(resume_asked_, true)) {
    costly_ = machine_.resume_is_costly();
    owner_.wants_resume(request_.id, costly_);
  }
  return true;
}

/// Asking the transport costs system calls: an attempt that reached its goal has nothing left to
/// explain.
template <Transport Stream>
void ProbeDriver<Stream>::complete_evidence() {
  auto& evidence = machine_.evidence();
  if (evidence.phase == probe::Phase::done) return;
  evidence.unsent = unsent_.size();
  stream_.complete(evidence, owner_.earliest());
}

template <Transport Stream>
void ProbeDriver<Stream>::tell_deadline() {
  const auto deadline = machine_.deadline();
  if (deadline == told_) return;
  told_ = deadline;
  owner_.deadline_changed(request_.id, deadline);
}

template <Transport Stream>
void ProbeDriver<Stream>::send() {
  const auto [count, error] = stream_.send(unsent_);
  unsent_.erase(0, count);
  if (error == 0 || error == EAGAIN) return;
  unsent_.clear();
  machine_.handle(probe::SendFailed{error}, steady_now());
}

template <Transport Stream>
void ProbeDriver<Stream>::finish(TimePoint now) {
  auto& evidence = machine_.evidence();
  evidence.lateness = std::max(evidence.lateness, owner_.lateness());
  const auto outcome = probe::classify(evidence);
  owner_.finished(request_.id, {outcome, std::move(evidence)}, now);
}

}  // namespace fleetscan::net
