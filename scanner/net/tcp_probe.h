#pragma once
// Runs one ProbeMachine on one TCP connection.

#include <cstdint>
#include <span>
#include <string>

#include "scanner/net/socket.h"
#include "scanner/net/socket_watch.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/result.h"

namespace fleetscan::net {

/// One probe in flight. Neither copyable nor movable: its owner holds its address.
///
/// May be destroyed at any moment, from its owner's callbacks too: that closes the connection, and
/// nothing calls back afterwards.
class TcpProbe {
 public:
  /// What a probe asks of whoever runs it.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The probe came to its end; take_attempt() has what it saw. May destroy the probe.
    virtual void finished(TcpProbe& probe, TimePoint when) = 0;
    /// Work waits: call resume() when that keeps no other probe from its events.
    virtual void wants_resume(TcpProbe& probe) = 0;
    /// deadline() has changed: call tick() then.
    virtual void deadline_changed(TcpProbe& probe) = 0;
    /// The time, at the beginning of an event's callback.
    virtual TimePoint event_began() = 0;
    /// What clocks on walls said at a moment just past.
    virtual WallTime wall_time(TimePoint when) = 0;
    /// The earliest time at which the event reported just now can have happened: our loop may have
    /// been busy since.
    [[nodiscard]] virtual TimePoint earliest() const = 0;
    /// Where sockets are watched; it reports to on_events().
    [[nodiscard]] virtual SocketWatch& watch() = 0;
    /// Space to read into, shared by all probes: what it holds is used up within the callback.
    [[nodiscard]] virtual std::span<char> buffer() = 0;
  };

  /// `settings` and `owner` must outlive the probe.
  TcpProbe(const probe::ProbeRequest& request, const probe::ProbeSettings& settings, Owner& owner);
  TcpProbe(const TcpProbe&) = delete;
  TcpProbe& operator=(const TcpProbe&) = delete;

  /// Opens the connection. What goes wrong at once is reported by the resume() that it asks for.
  void start();
  /// @param events  what SocketWatch reports
  void on_events(std::uint32_t events);
  void resume();
  void tick();

  [[nodiscard]] TimePoint deadline() const { return machine_.deadline(); }
  [[nodiscard]] std::uint64_t id() const { return request_.id; }
  /// Takes the evidence out, with its class.
  [[nodiscard]] probe::Attempt take_attempt();

 private:
  void handle(std::uint32_t events, TimePoint now);
  bool happened(std::uint32_t events, TimePoint now);
  [[nodiscard]] bool connecting(std::uint32_t events, TimePoint now);
  bool refused(int error, TimePoint now);
  void take_icmp_errors(TimePoint now);
  bool receive(std::uint32_t events, TimePoint now);
  bool receive_error(int error, TimePoint now);
  bool step(const probe::Event& event, TimePoint now);
  void tell_deadline();
  void send();
  void complete_evidence();

  probe::ProbeRequest request_;
  Owner& owner_;
  TimePoint started_;
  probe::ProbeMachine machine_;
  std::string unsent_;
  TimePoint told_;  ///< the deadline that the owner knows
  int start_error_ = 0;
  bool connected_ = false;
  bool resume_asked_ = false;
  Socket socket_;
};

}  // namespace fleetscan::net
