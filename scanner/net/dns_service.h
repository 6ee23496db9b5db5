#pragma once
// DnsService queries name servers through c-ares, on the scan's own loop.

#include <uv.h>

#include <memory>
#include <optional>
#include <string>

#include "scanner/net/name_service.h"
#include "scanner/net/resolver_settings.h"

namespace fleetscan::net {

/// Reads /etc/hosts and /etc/resolv.conf as the system does. With a server of its own it asks only
/// that one, for names as they stand: no search domains.
///
/// A question that no server answers ends within kTries rounds; c-ares doubles the timeout from
/// round to round.
class DnsService final : public NameService {
 public:
  static constexpr int kTries = 2;
  static constexpr int kTimeoutMs = 2000;  ///< of the first round, per server

  /// Throws std::runtime_error when c-ares cannot start.
  DnsService(uv_loop_t& loop, Families families, const std::optional<DnsServer>& server, Done done);
  ~DnsService() override;

  void ask(const std::string& name) override;

 private:
  class Channel;
  std::unique_ptr<Channel> channel_;
};

}  // namespace fleetscan::net
