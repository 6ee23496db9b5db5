#pragma once
// Forecast: which clients can still connect to the servers of some records, with what doubts, and
// what repairs the rest.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reports/summary/prospect.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::summary {

/// The row of one client.
struct ClientForecast {
  const ssh::ClientProfile* client = nullptr;
  std::uint64_t connects = 0;  ///< without a doubt
  std::uint64_t warns = 0;     ///< connects, with one or more
  std::uint64_t breaks = 0;
  std::array<std::uint64_t, kDoubts.size()> doubts{};     ///< hosts by Doubt
  std::array<std::uint64_t, ssh::kAllSlots> broken_in{};  ///< hosts by Slot
};

/// A client that breaks at the hosts of a group, one of the slots that it breaks in, and what helps
/// there.
struct Broken {
  const ssh::ClientProfile* client = nullptr;
  ssh::Slot slot = ssh::Slot::kex;
  std::string server;  ///< line or command for the server; may quote it, raw
  std::string bridge;  ///< option for the client meanwhile; "" if it has none
};

/// Hosts of one software that break the same clients in the same slots.
struct BrokenGroup {
  std::string software;  ///< raw; "" if it did not say
  std::vector<Broken>
      broken;  ///< as the clients stand; several of one that breaks in several slots
  std::vector<std::string> targets;              ///< in the order of the records
  std::map<std::string, std::uint64_t> labels;   ///< hosts by "key=value", raw
  std::map<std::string, std::uint64_t> subnets;  ///< hosts by /24 or /64
};

/// Servers by what they offer against quantum computers and the Terrapin attack.
struct ExchangeCensus {
  std::uint64_t hosts = 0;
  std::uint64_t offered = 0;    ///< a post-quantum method, wherever it stands
  std::uint64_t preferred = 0;  ///< ... before all others
  std::uint64_t strict = 0;     ///< strict key exchange
};

/// Hosts by the host keys that they offer: what a rotation has to begin with.
struct KeyOffer {
  std::uint64_t hosts = 0;        ///< that offer one of this type
  std::vector<std::string> only;  ///< targets that offer no other: without it they have no key
};

struct ForecastReport {
  std::vector<ClientForecast> clients;  ///< as asked for
  std::vector<BrokenGroup> groups;      ///< most hosts first
  ExchangeCensus census;
  std::map<std::string, ExchangeCensus> by_software;  ///< raw
  std::map<std::string, KeyOffer, std::less<>> keys;  ///< by type of the bare key
  std::uint64_t untold = 0;  ///< hosts whose record has no KEXINIT: nothing is known of them
};

/// Takes the records of one run or more; a host in two of them counts twice.
class Forecast {
 public:
  /// @param clients  outlive the forecast and its report
  explicit Forecast(std::vector<const ssh::ClientProfile*> clients);

  void begin(const probe::RunInfo& /*run*/) {}
  void add(const probe::HostResult& result);
  void end(const probe::RunEnd& /*end*/) {}

  [[nodiscard]] ForecastReport finish() &&;

 private:
  /// What servers have in common that offer the same: fleets have few kinds.
  struct Kind {
    std::vector<Prospect> prospects;  ///< by client
    bool breaks = false;
    bool offered = false, preferred = false, strict = false;
  };

  const Kind& kind_of(const ServerFacts& server);
  void count(const Kind& kind, const std::string& software);
  void count_keys(const ssh::NameList& offered, const std::string& target);
  BrokenGroup& group_of(const Kind& kind, std::string_view ident, const std::string& software,
                        const ServerFacts& server);

  ForecastReport report_;
  std::unordered_map<std::string, Kind> kinds_;
  std::unordered_map<std::string, std::size_t> groups_;  ///< index into the report's
};

}  // namespace fleetscan::summary
