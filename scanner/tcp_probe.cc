#include "scanner/tcp_probe.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "scanner/classify.h"
#include "scanner/tcp_state.h"

namespace fleetscan {
namespace {

/// Errors that ICMP reports about a connection which may still recover (RFC 1122 section 4.2.3.9).
bool is_soft(int error) {
  switch (error) {
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ECONNREFUSED:
    case EACCES:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EOPNOTSUPP:
    case EPROTO:
    case EMSGSIZE: return true;
    default: return false;
  }
}

bool is_established(int descriptor) {
  constexpr std::uint8_t kEstablished = 1;
  const auto tcp = read_tcp_state(descriptor);
  return tcp && tcp->info.state == kEstablished;
}

TimePoint steady_now() { return std::chrono::steady_clock::now(); }

WallTime wall_clock() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

TcpProbe::TcpProbe(const ProbeRequest& request, const ProbeSettings& settings, Owner& owner)
    : request_(request), owner_(owner), started_(steady_now()), machine_(settings, started_) {
  auto& evidence = machine_.evidence();
  evidence.started = wall_clock();
  evidence.address = request.address;
  evidence.mss_clamped = request.clamp_mss;
}

void TcpProbe::start(uv_loop_t& loop) {
  start_error_ = socket_.connect(request_.address, request_.port, request_.clamp_mss);
  if (start_error_ == 0) {
    auto poll = std::make_unique<uv_poll_t>();
    start_error_ = -uv_poll_init(&loop, poll.get(), socket_.descriptor());
    if (start_error_ == 0) {
      poll->data = this;
      poll_.reset(poll.release());
      // Readable, too: a peer that turns us away at once is then seen with the connection itself.
      watch(UV_READABLE | UV_WRITABLE);
      return owner_.deadline_changed(*this);
    }
  }
  resume_asked_ = true;
  owner_.wants_resume(*this);
}

void TcpProbe::resume() {
  resume_asked_ = false;
  const auto now = steady_now();
  if (start_error_ == 0) {
    step(Resume{}, now);
    return;
  }
  const auto tcp = socket_.descriptor() < 0 ? std::nullopt : read_tcp_state(socket_.descriptor());
  const bool answered = tcp && tcp->info.segs_in > 0;
  step(Failed{start_error_, answered ? ErrorOrigin::connect : ErrorOrigin::local}, now);
}

void TcpProbe::tick() {
  const auto now = steady_now();
  // Timers are served before sockets: what came in time must not be called late.
  pollfd waiting{socket_.descriptor(), static_cast<short>(connected_ ? POLLIN : POLLIN | POLLOUT),
                 0};
  if (::poll(&waiting, 1, 0) > 0) return ready((waiting.revents & POLLIN) != 0, now);
  step(Tick{}, now);
}

void TcpProbe::on_poll(uv_poll_t* poll, int status, int events) {
  auto* self = static_cast<TcpProbe*>(poll->data);
  if (!self) return;
  if (status < 0) self->watched_ = 0;  // libuv stops a handle whose socket has an error
  self->ready(status < 0 || (events & UV_READABLE) != 0, self->owner_.event_began());
}

void TcpProbe::ready(bool readable, TimePoint now) {
  if (!connected_ && !connecting(now)) return;
  if (!unsent_.empty()) send();
  if (readable) receive(now);
}

bool TcpProbe::connecting(TimePoint now) {
  const int error = socket_.take_error();
  // On an established connection, ICMP speaks of what followed the handshake.
  if (error != 0 && !(is_soft(error) && is_established(socket_.descriptor())))
    return step(Failed{error, ErrorOrigin::connect}, now);
  connected_ = true;
  if (error == 0) return step(Connected{}, now);
  machine_.handle(Connected{}, now);
  return step(SoftError{error}, now);
}

void TcpProbe::receive(TimePoint now) {
  const auto space = owner_.buffer();
  const auto [bytes, error] = socket_.receive(space.data(), space.size());
  if (error == 0 && bytes == 0) {
    step(Eof{}, now);
  } else if (error == 0) {
    step(Received{{space.data(), bytes}}, now);
  } else if (error != EAGAIN && !is_soft(error)) {
    step(Failed{error, ErrorOrigin::stream}, now);
  } else {
    if (error != EAGAIN) machine_.handle(SoftError{error}, now);
    while (const auto told = socket_.take_icmp_error())
      if (*told != 0) machine_.handle(SoftError{*told}, now);
    step(Tick{}, now);
  }
}

/// Reports what happened to the machine and does what it then asks for.
/// @return false when finished() was called: the probe may be destroyed, nothing may touch it.
bool TcpProbe::step(const Event& event, TimePoint now) {
  const auto deadline = machine_.deadline();
  machine_.handle(event, now);
  if (machine_.done()) complete_evidence();
  unsent_ += machine_.take_output();
  if (!unsent_.empty()) send();
  if (machine_.done()) {
    owner_.finished(*this);
    return false;
  }
  watch(unsent_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE);
  if (machine_.deadline() != deadline) owner_.deadline_changed(*this);
  if (machine_.wants_resume() && !std::exchange(resume_asked_, true)) owner_.wants_resume(*this);
  return true;
}

void TcpProbe::send() {
  const auto [bytes, error] = socket_.send(unsent_);
  unsent_.erase(0, bytes);
  if (error == 0 || error == EAGAIN) return;
  unsent_.clear();
  machine_.handle(SendFailed{error}, steady_now());
}

void TcpProbe::watch(int events) {
  if (!connected_) events = UV_READABLE | UV_WRITABLE;
  if (events == watched_) return;
  watched_ = events;
  uv_poll_start(poll_.get(), events, on_poll);
}

/// Adds what only the socket knows. TCP_INFO costs a system call: an attempt that came to its goal
/// has nothing left to explain.
void TcpProbe::complete_evidence() {
  auto& evidence = machine_.evidence();
  if (evidence.phase == Phase::done || socket_.descriptor() < 0) return;
  const auto tcp = read_tcp_state(socket_.descriptor());
  if (!tcp) return;
  evidence.tcp_info = tcp->info;
  if (!evidence.closed_after || evidence.close == Close::timeout) return;
  // The handshake took one round trip, whenever our loop came to look at it.
  const Micros round_trip{tcp->info.rtt_us};
  const auto connected = started_ + std::min(round_trip, evidence.ms.connect.value_or(round_trip));
  auto closed = std::max(owner_.earliest(), connected);
  // A FIN carries an acknowledgement, an RST does not: only of the first the kernel knows when.
  if (evidence.close == Close::fin) closed = std::max(closed, steady_now() - tcp->heard_within);
  evidence.closed_after = std::chrono::duration_cast<Micros>(closed - connected);
}

Attempt TcpProbe::take_attempt() {
  Attempt attempt;
  attempt.outcome = classify(machine_.evidence());
  attempt.evidence = std::move(machine_.evidence());
  return attempt;
}

}  // namespace fleetscan
