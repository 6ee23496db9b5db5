#pragma once
// The transport through a proxy: a TCP connection to the proxy, and what it relays.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "scanner/net/direct_tcp.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/transport.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/proxy/handshake.h"
#include "scanner/proxy/proxy.h"

namespace fleetscan::net {

/// Asks the proxy for the target, and is open once it grants that. What the proxy said goes to
/// Evidence::proxy; what the kernel knows of the connection to it goes nowhere. See Transport for
/// what its members mean.
class ViaProxy {
 public:
  /// What a worker's probes know of the proxy together.
  struct Shared {
    explicit Shared(const probe::ProbeSettings& settings) : proxy(*settings.proxy) {}

    const proxy::Proxy& proxy;
    std::size_t address = 0;             ///< of the proxy's addresses the one to try first
    TimePoint heard = TimePoint::min();  ///< when it last answered a request
    unsigned lost = 0;                   ///< connections in a row that it did not take
    TimePoint tried = TimePoint::min();  ///< when the last one was begun

    /// A proxy that is down is asked now and then, not once for each of thousands of targets.
    [[nodiscard]] bool is_given_up(TimePoint now) const;
  };

  /// @param request, watch, shared  must outlive it
  ViaProxy(const probe::ProbeRequest& request, SocketWatch& watch, Shared& shared);
  ViaProxy(const ViaProxy&) = delete;
  ViaProxy& operator=(const ViaProxy&) = delete;

  [[nodiscard]] std::optional<probe::Failed> start(TimePoint now);
  [[nodiscard]] Opening open(std::uint32_t events, TimePoint now, probe::Evidence& evidence);
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::uint32_t pending_events() const { return tcp_ ? tcp_->pending_events() : 0; }
  [[nodiscard]] bool may_receive(std::uint32_t events) const {
    return !handshake_.talk().rest.empty() || tcp_->may_receive(events);
  }
  [[nodiscard]] Receipt receive(std::span<char> space, std::uint32_t events);
  [[nodiscard]] Dispatch send(std::string_view bytes);
  void report_again() { tcp_->report_again(); }
  [[nodiscard]] std::optional<int> take_soft_error(probe::Evidence& evidence);
  void complete(probe::Evidence& evidence, TimePoint earliest) const;

 private:
  [[nodiscard]] std::optional<probe::Failed> connect(TimePoint now);
  [[nodiscard]] Opening unreachable(int error, TimePoint now, probe::Evidence& evidence);
  [[nodiscard]] Opening talk(std::uint32_t events, TimePoint now, probe::Evidence& evidence);
  [[nodiscard]] int flush();
  [[nodiscard]] int listen(std::uint32_t events);
  [[nodiscard]] Opening conclude(int error, TimePoint now, probe::Evidence& evidence);

  SocketWatch& watch_;
  Shared& shared_;
  probe::ProbeRequest to_proxy_;
  std::size_t tried_ = 0;  ///< of the proxy's addresses
  std::optional<DirectTcp> tcp_;
  proxy::Handshake handshake_;
  std::optional<TimePoint> asked_;  ///< when the proxy was
  bool open_ = false;
};

static_assert(Transport<ViaProxy>);

}  // namespace fleetscan::net
