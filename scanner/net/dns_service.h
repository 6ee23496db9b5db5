#pragma once
// DnsService queries name servers through c-ares, on the scan's own loop.

#include <uv.h>

#include <memory>
#include <string>

#include "scanner/net/hosts_file.h"
#include "scanner/net/name_service.h"
#include "scanner/net/resolver_settings.h"

namespace fleetscan::net {

/// Reads /etc/hosts and /etc/resolv.conf as the system does, the former once, when it is made. With
/// a server of its own it asks only that one, for names as they stand: no search domains.
///
/// An answer that does not fit into a datagram is asked for by TCP where it is needed: for every
/// such name if all addresses are wanted, else only for one that is left without any. The latter
/// have a channel of their own, since a server that refuses TCP fails all that its channel has
/// open. There it is also asked once more what kind of failure it was, where all servers refused:
/// to answer anything, or the name.
class DnsService final : public NameService {
 public:
  /// Throws std::runtime_error when c-ares cannot start.
  DnsService(uv_loop_t& loop, const ResolverSettings& settings, Done done);
  ~DnsService() override;

  void ask(const std::string& name) override;

 private:
  class Channel;

  void answered(const std::string& name, NameAnswer&& answer);

  Families families_;
  Done done_;
  HostsFile file_;                      ///< asked first; empty where the system has another order
  std::unique_ptr<Channel> datagrams_;  ///< takes what fits
  std::unique_ptr<Channel> second_;     ///< asks again, by TCP for what does not
};

}  // namespace fleetscan::net
