#pragma once
// The transport through a bastion: a stream of the user's own ssh connection to it.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/ssh_link.h"
#include "scanner/net/transport.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"

namespace fleetscan::net {

/// Asks the bastion for the target, and is open once it has connected there. What it said goes to
/// Evidence::proxy. A bastion that is lost, or does not give the sign of life that was asked of it,
/// is what ended the probe, and not the target. See Transport for what its members mean.
class ViaSsh {
 public:
  using Shared = SshLink;

  /// @param request, link  must outlive it
  ViaSsh(const probe::ProbeRequest& request, SocketWatch& watch, SshLink& link);
  ViaSsh(const ViaSsh&) = delete;
  ViaSsh& operator=(const ViaSsh&) = delete;
  ~ViaSsh();

  [[nodiscard]] std::optional<probe::Failed> start(TimePoint now);
  [[nodiscard]] Opening open(std::uint32_t events, TimePoint now, probe::Evidence& evidence);
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::uint32_t pending_events() const;
  [[nodiscard]] bool may_receive(std::uint32_t events) const;
  [[nodiscard]] Receipt receive(std::span<char> space, std::uint32_t events);
  [[nodiscard]] Dispatch send(std::string_view bytes);
  void report_again() { link_.wake(request_.id); }
  [[nodiscard]] std::optional<int> take_soft_error(probe::Evidence&) { return std::nullopt; }
  void complete(probe::Evidence& evidence, TimePoint earliest) const;

 private:
  [[nodiscard]] bool is_lost() const { return stream_ ? link_.is_lost(*stream_) : link_.is_lost(); }
  [[nodiscard]] bool has_news() const;

  const probe::ProbeRequest& request_;
  SshLink& link_;
  std::optional<SshLink::Stream> stream_;
  std::optional<TimePoint> asked_;  ///< when the bastion was
  bool open_ = false;
};

static_assert(Transport<ViaSsh>);

}  // namespace fleetscan::net
