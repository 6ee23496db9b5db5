#include "scanner/net/tcp_probe.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "scanner/net/own_filter.h"
#include "scanner/net/tcp_state.h"
#include "scanner/probe/classify.h"

namespace fleetscan::net {
namespace {

// The socket has an error, or both sides are closed.
constexpr std::uint32_t kTrouble = EPOLLERR | EPOLLHUP;

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

}  // namespace

TcpProbe::TcpProbe(const probe::ProbeRequest& request, const probe::ProbeSettings& settings,
                   Owner& owner)
    : request_(request),
      owner_(owner),
      started_(steady_now()),
      machine_(settings, request.question, started_) {
  auto& evidence = machine_.evidence();
  evidence.started = owner.wall_time(started_);
  evidence.address = request.address;
}

void TcpProbe::start() {
  start_error_ =
      socket_.connect(request_.address, request_.port, request_.question == probe::Question::small);
  if (start_error_ == 0) start_error_ = owner_.watch().add(socket_.descriptor(), request_.id);
  if (start_error_ == 0) return tell_deadline();
  resume_asked_ = true;
  owner_.wants_resume(*this);
}

void TcpProbe::resume() {
  resume_asked_ = false;
  const auto now = steady_now();
  if (start_error_ == 0) {
    if (step(probe::Resume{}, now)) tell_deadline();
    return;
  }
  const auto tcp = socket_.descriptor() < 0 ? std::nullopt : read_tcp_state(socket_.descriptor());
  const bool answered = tcp && tcp->info.segs_in > 0;
  step(probe::Failed{start_error_,
                     answered ? probe::ErrorOrigin::connect : probe::ErrorOrigin::local},
       now);
}

void TcpProbe::tick() {
  const auto now = steady_now();
  // Timers are served before sockets: what came in time must not be called late.
  pollfd waiting{socket_.descriptor(), static_cast<short>(connected_ ? POLLIN : POLLIN | POLLOUT),
                 0};
  if (::poll(&waiting, 1, 0) > 0) return handle(static_cast<std::uint32_t>(waiting.revents), now);
  if (step(probe::Tick{}, now)) tell_deadline();
}

void TcpProbe::on_events(std::uint32_t events) { handle(events, owner_.event_began()); }

void TcpProbe::handle(std::uint32_t events, TimePoint now) {
  if (happened(events, now)) tell_deadline();
}

/// Here and below, @return false when finished() was called: the probe may be destroyed, nothing
/// may touch it.
bool TcpProbe::happened(std::uint32_t events, TimePoint now) {
  if (!connected_ && !connecting(events, now)) return false;
  if (!unsent_.empty()) send();
  return (events & ~std::uint32_t{EPOLLOUT}) == 0 || receive(events, now);
}

bool TcpProbe::connecting(std::uint32_t events, TimePoint now) {
  const int error = (events & kTrouble) != 0 ? socket_.take_error() : 0;
  // On an established connection, ICMP speaks of what followed the handshake.
  if (error != 0 && !(is_soft(error) && is_established(socket_.descriptor())))
    return refused(error, now);
  connected_ = true;
  if (error == 0) return step(probe::Connected{}, now);
  machine_.handle(probe::Connected{}, now);
  return step(probe::SoftError{error}, now);
}

bool TcpProbe::refused(int error, TimePoint now) {
  auto& icmp = machine_.evidence().icmp;
  while (const auto told = socket_.take_queued_error())
    if (told->icmp) icmp = told->icmp;
  const bool said_no = is_soft(error) || error == ECONNRESET;
  const auto after = std::chrono::duration_cast<Micros>(now - started_);
  const bool ourselves =
      said_no && own_filter_answers(request_.address, request_.port, icmp, after);
  return step(
      probe::Failed{error, ourselves ? probe::ErrorOrigin::local : probe::ErrorOrigin::connect},
      now);
}

void TcpProbe::take_icmp_errors(TimePoint now) {
  while (const auto told = socket_.take_queued_error()) {
    if (told->icmp) machine_.evidence().icmp = told->icmp;
    if (told->error != 0) machine_.handle(probe::SoftError{told->error}, now);
  }
}

bool TcpProbe::receive(std::uint32_t events, TimePoint now) {
  const auto space = owner_.buffer();
  const auto [bytes, error] = socket_.receive(space.data(), space.size());
  if (error != 0) return receive_error(error, now);
  if (bytes == 0) return step(probe::Eof{}, now);
  const bool more = bytes == space.size() || (events & (kTrouble | EPOLLRDHUP)) != 0;
  if (!step(probe::Received{{space.data(), bytes}}, now)) return false;
  if (more) owner_.watch().report_again(socket_.descriptor(), request_.id);
  return true;
}

bool TcpProbe::receive_error(int error, TimePoint now) {
  if (error != EAGAIN && !is_soft(error))
    return step(probe::Failed{error, probe::ErrorOrigin::stream}, now);
  if (error != EAGAIN) machine_.handle(probe::SoftError{error}, now);
  take_icmp_errors(now);
  return step(probe::Tick{}, now);
}

/// Reports what happened to the machine and does what it then asks for.
bool TcpProbe::step(const probe::Event& event, TimePoint now) {
  machine_.handle(event, now);
  if (machine_.done()) complete_evidence();
  unsent_ += machine_.take_output();
  if (!unsent_.empty()) send();
  if (machine_.done()) {
    owner_.finished(*this, now);
    return false;
  }
  if (machine_.wants_resume() && !std::exchange(resume_asked_, true)) owner_.wants_resume(*this);
  return true;
}

void TcpProbe::tell_deadline() {
  const auto deadline = machine_.deadline();
  if (deadline == told_) return;
  told_ = deadline;
  owner_.deadline_changed(*this);
}

void TcpProbe::send() {
  const auto [bytes, error] = socket_.send(unsent_);
  unsent_.erase(0, bytes);
  if (error == 0 || error == EAGAIN) return;
  unsent_.clear();
  machine_.handle(probe::SendFailed{error}, steady_now());
}

/// Adds what only the socket knows. TCP_INFO costs a system call: an attempt that came to its goal
/// has nothing left to explain.
void TcpProbe::complete_evidence() {
  auto& evidence = machine_.evidence();
  if (evidence.phase == probe::Phase::done || socket_.descriptor() < 0) return;
  const auto tcp = read_tcp_state(socket_.descriptor());
  if (!tcp) return;
  evidence.tcp_info = tcp->info;
  if (!evidence.closed_after || evidence.close == probe::Close::timeout) return;
  // The handshake took one round trip, whenever our loop came to look at it.
  const Micros round_trip{tcp->info.rtt_us};
  const auto connected = started_ + std::min(round_trip, evidence.ms.connect.value_or(round_trip));
  auto closed = std::max(owner_.earliest(), connected);
  // A FIN carries an acknowledgement, an RST does not: only of the first the kernel knows when.
  if (evidence.close == probe::Close::fin)
    closed = std::max(closed, steady_now() - tcp->heard_within);
  evidence.closed_after = std::chrono::duration_cast<Micros>(closed - connected);
}

probe::Attempt TcpProbe::take_attempt() {
  auto& evidence = machine_.evidence();
  return {probe::classify(evidence), std::move(evidence)};
}

}  // namespace fleetscan::net
