#include "scanner/net/direct_tcp.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "scanner/net/own_address.h"
#include "scanner/net/own_filter.h"
#include "scanner/net/own_networks.h"
#include "scanner/net/tcp_state.h"
#include "scanner/net/transport.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"

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

constexpr std::uint8_t kEstablished = 1;

bool is_established(int descriptor) {
  const auto tcp = read_tcp_state(descriptor);
  return tcp && tcp->info.state == kEstablished;
}

}  // namespace

std::optional<probe::Failed> DirectTcp::start(TimePoint now) {
  started_ = now;
  int error =
      socket_.connect(request_.address, request_.port, request_.question == probe::Question::small);
  if (error == 0) error = watch_.add(socket_.descriptor(), request_.id);
  if (error == 0) return std::nullopt;
  // No port is missing where there is no address that could have one.
  if (error == EADDRNOTAVAIL && !own_address(request_.address)) error = ENETUNREACH;
  const auto tcp = socket_.descriptor() < 0 ? std::nullopt : read_tcp_state(socket_.descriptor());
  const bool answered = tcp && tcp->info.segs_in > 0;
  return probe::Failed{error, answered ? probe::ErrorOrigin::connect : probe::ErrorOrigin::local};
}

Opening DirectTcp::open(std::uint32_t events, TimePoint now, probe::Evidence& evidence) {
  const int error = (events & kTrouble) != 0 ? socket_.take_error() : 0;
  // On an established connection, ICMP speaks of what followed the handshake.
  if (error != 0 && !(is_soft(error) && is_established(socket_.descriptor())))
    return refused(error, now, evidence);
  open_ = true;
  return {Opening::State::open, error};
}

Opening DirectTcp::refused(int error, TimePoint now, probe::Evidence& evidence) {
  while (take_soft_error(evidence)) continue;
  const bool said_no = is_soft(error) || error == ECONNRESET;
  const auto after = std::chrono::duration_cast<Micros>(now - started_);
  const bool ourselves =
      said_no && own_filter_answers(request_.address, request_.port, evidence.icmp, after);
  return {Opening::State::failed, error,
          ourselves ? probe::ErrorOrigin::local : probe::ErrorOrigin::connect};
}

std::uint32_t DirectTcp::pending_events() const {
  pollfd waiting{socket_.descriptor(), static_cast<short>(open_ ? POLLIN : POLLIN | POLLOUT), 0};
  return ::poll(&waiting, 1, 0) > 0 ? static_cast<std::uint32_t>(waiting.revents) : 0;
}

Receipt DirectTcp::receive(std::span<char> space, std::uint32_t events) {
  const auto [count, error] = socket_.receive(space.data(), space.size());
  if (error == EAGAIN) return {};
  if (error != 0)
    return {.kind = is_soft(error) ? Receipt::Kind::nothing : Receipt::Kind::failed,
            .error = error};
  if (count == 0) return {.kind = Receipt::Kind::end};
  const bool more = count == space.size() || (events & (kTrouble | EPOLLRDHUP)) != 0;
  return {.kind = Receipt::Kind::bytes, .more = more, .count = count};
}

Dispatch DirectTcp::send(std::string_view bytes) {
  const auto [count, error] = socket_.send(bytes);
  sent_ += count;
  return {count, error};
}

void DirectTcp::report_again() { watch_.report_again(socket_.descriptor(), request_.id); }

std::optional<int> DirectTcp::take_soft_error(probe::Evidence& evidence) {
  const auto told = socket_.take_queued_error();
  if (!told) return std::nullopt;
  if (told->icmp) evidence.icmp = told->icmp;
  return told->error;
}

void DirectTcp::complete(probe::Evidence& evidence, TimePoint earliest) const {
  if (socket_.descriptor() < 0) return;
  const auto tcp = read_tcp_state(socket_.descriptor());
  if (!tcp) return;
  evidence.tcp_info = tcp->info;
  const auto left = tcp->info.unacked > 0 || tcp->held_by_peer;
  const auto acked = tcp->info.bytes_acked > 0 ? tcp->info.bytes_acked - 1 : 0;  // the SYN
  if (!left && tcp->info.state == kEstablished && sent_ > acked) evidence.unsent += sent_ - acked;
  evidence.on_link = evidence.phase == probe::Phase::connect &&
                     evidence.close == probe::Close::timeout && is_on_link(request_.address);
  if (!evidence.closed_after || evidence.close == probe::Close::timeout) return;
  // The handshake took one round trip, whenever our loop came to look at it.
  const Micros round_trip{tcp->info.rtt_us};
  const auto connected = started_ + std::min(round_trip, evidence.ms.connect.value_or(round_trip));
  auto closed = std::max(earliest, connected);
  // A FIN carries an acknowledgement, an RST does not: the kernel knows the time of the FIN only.
  if (evidence.close == probe::Close::fin)
    closed = std::max(closed, steady_now() - tcp->heard_within);
  evidence.closed_after = std::chrono::duration_cast<Micros>(closed - connected);
}

}  // namespace fleetscan::net
