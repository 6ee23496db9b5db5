#pragma once
// ClientOutlook: which clients would lose which hosts of a run, as far as the servers' offers tell.
// What `fleetscan forecast` says at length.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "reports/summary/prospect.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::summary {

/// The row of one client.
struct ClientLoss {
  const ssh::ClientProfile* client = nullptr;
  std::uint64_t connects = 0;                                ///< with a doubt or without
  std::uint64_t warns = 0;                                   ///< of them: with one
  std::uint64_t breaks = 0;                                  ///< hosts that it loses
  std::array<std::uint64_t, ssh::kAllSlots> broken_in = {};  ///< those by Slot
  std::vector<std::string> examples = {};  ///< of their targets, raw, first by name
};

/// Its memory does not grow with the number of hosts.
class ClientOutlook {
 public:
  static constexpr std::size_t kExamples = 6;
  static constexpr std::size_t kKinds = 1024;  ///< of servers that are remembered at a time

  void add(const probe::HostResult& result);

  /// One for each profile, in their order; empty before the first host whose offer is known.
  [[nodiscard]] const std::vector<ClientLoss>& clients() const { return rows_; }
  /// Of each client's newest version, those that lose hosts; most of them first.
  [[nodiscard]] std::vector<const ClientLoss*> newest_losing() const;
  [[nodiscard]] std::uint64_t told() const { return told_; }      ///< hosts with a known offer
  [[nodiscard]] std::uint64_t untold() const { return untold_; }  ///< all others: nothing is known

 private:
  [[nodiscard]] const std::vector<Prospect>& prospects(const ServerFacts& server);

  std::vector<ClientLoss> rows_;
  std::uint64_t told_ = 0, untold_ = 0;
  std::unordered_map<std::string, std::vector<Prospect>> kinds_;  ///< by offer_digest()
};

}  // namespace fleetscan::summary
