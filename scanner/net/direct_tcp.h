#pragma once
// The transport without a detour: a TCP connection from this machine to the target.

#include <sys/epoll.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "scanner/net/socket.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/transport.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"

namespace fleetscan::net {

/// Knows what the kernel knows of the connection: TCP_INFO, ICMP errors, and whether a refusal was
/// our own packet filter's. See Transport for what its members mean.
class DirectTcp {
 public:
  /// What probes of a worker share: nothing.
  struct Shared {
    explicit Shared(const probe::ProbeSettings& /*settings*/) {}
  };

  /// @param request, watch  must outlive it
  DirectTcp(const probe::ProbeRequest& request, SocketWatch& watch)
      : request_(request), watch_(watch) {}
  DirectTcp(const probe::ProbeRequest& request, SocketWatch& watch, Shared& /*shared*/)
      : DirectTcp(request, watch) {}

  [[nodiscard]] std::optional<probe::Failed> start(TimePoint now);
  [[nodiscard]] Opening open(std::uint32_t events, TimePoint now, probe::Evidence& evidence);
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::uint32_t pending_events() const;
  [[nodiscard]] bool may_receive(std::uint32_t events) const {
    return (events & ~std::uint32_t{EPOLLOUT}) != 0;
  }
  [[nodiscard]] Receipt receive(std::span<char> space, std::uint32_t events);
  [[nodiscard]] Dispatch send(std::string_view bytes);
  void report_again();
  [[nodiscard]] std::optional<int> take_soft_error(probe::Evidence& evidence);
  void complete(probe::Evidence& evidence, TimePoint earliest) const;

 private:
  [[nodiscard]] Opening refused(int error, TimePoint now, probe::Evidence& evidence);

  const probe::ProbeRequest& request_;
  SocketWatch& watch_;
  TimePoint started_;
  bool open_ = false;
  std::uint64_t sent_ = 0;  ///< bytes handed to the kernel
  Socket socket_;
};

static_assert(Transport<DirectTcp>);

}  // namespace fleetscan::net
