#pragma once
// The seam between a probe and the way its bytes travel.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/probe_machine.h"

namespace fleetscan::net {

/// How far the opening of a stream has come.
struct Opening {
  enum class State : std::uint8_t {
    pending,  ///< the target's end has not answered
    asked,    ///< likewise, and a proxy has our request for it since just now
    open,     ///< bytes now go to the target
    failed,
  };
  State state = State::pending;
  int error = 0;  ///< errno: why it failed, or a soft error of a stream that is open
  probe::ErrorOrigin origin = probe::ErrorOrigin::none;  ///< whose failure it is
};

/// What one attempt to receive brought.
struct Receipt {
  enum class Kind : std::uint8_t {
    bytes,
    nothing,  ///< for now; `error` may tell of a soft error
    end,      ///< the target closed its side
    failed,   ///< the stream is over: `error` says why
  };
  Kind kind = Kind::nothing;
  bool more = false;      ///< something is known to follow the bytes
  int error = 0;          ///< errno
  std::size_t count = 0;  ///< bytes
};

/// What one attempt to send brought.
struct Dispatch {
  std::size_t count = 0;  ///< bytes taken
  int error = 0;          ///< errno; EAGAIN: no more for now
};

/// A byte stream to one target, opened once and closed by its destruction. ProbeDriver holds it by
/// value and is compiled for it, so that the seam costs a probe neither an allocation nor a virtual
/// call. `events` are those that SocketWatch reports.
///
/// A transport has no deadline of its own: whatever it does before `open` is bounded by the
/// machine's, which run from start(): one until a proxy was asked, and the connect timeout for all
/// of it, since a user waits for both.
///
/// There are three: DirectTcp, ViaProxy, which holds a DirectTcp to the proxy, and ViaSsh.
///
/// Some evidence is the transport's, the rest is the protocol's:
/// - The transport knows the origin of a failure to open, soft errors, `icmp` and `tcp_info`, and
///   corrects `closed_after` by what the kernel says. All of it speaks of the connection that this
///   machine has. Behind a proxy that is the connection to the proxy, so ViaProxy
///   leaves `tcp_info`, `icmp` and `closed_after` alone: classify() takes them for the target's.
/// - ProbeMachine fills in the rest: phase, bytes, times, identification, KEXINIT, host key, and
/// how
///   the stream ended.
template <typename T>
concept Transport = requires(T stream, const T& idle, probe::Evidence& evidence, TimePoint time,
                             std::uint32_t events, std::span<char> space, std::string_view bytes) {
  /// Starts to open the stream. What goes wrong at once comes back.
  { stream.start(time) } -> std::same_as<std::optional<probe::Failed>>;
  /// Goes on opening it. REQUIRES: not open yet
  { stream.open(events, time, evidence) } -> std::same_as<Opening>;
  { idle.is_open() } -> std::same_as<bool>;
  /// Events that have come and were not reported yet; 0 if none.
  { idle.pending_events() } -> std::same_as<std::uint32_t>;
  /// Whether receive() may find something after these events. REQUIRES, as below: it is open
  { idle.may_receive(events) } -> std::same_as<bool>;
  { stream.receive(space, events) } -> std::same_as<Receipt>;
  { stream.send(bytes) } -> std::same_as<Dispatch>;
  /// Has what was left by receive() reported in the loop's next turn.
  { stream.report_again() } -> std::same_as<void>;
  /// The oldest soft error that has queued up, as errno, 0 if it stands for none; nothing when
  /// the queue is empty.
  { stream.take_soft_error(evidence) } -> std::same_as<std::optional<int>>;
  /// Adds what only the transport knows to the evidence of an attempt that has failed.
  /// `time`: the earliest at which the event that ended it can have happened.
  { idle.complete(evidence, time) } -> std::same_as<void>;
};

}  // namespace fleetscan::net
