#pragma once
// HostTable keeps what reports need of each host: one compact row, and the whole
// record of failing hosts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/drawn.h"
#include "inventory/target.h"
#include "reports/records/diagnosis_record.h"
#include "reports/summary/past.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/neighborhood.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

/// Which hosts a report lists (`--report-rows`).
enum class Rows : std::uint8_t {
  automatic,  ///< all hosts as long as they are at most kMaxHealthyRows, otherwise `failed`
  all,
  failed,  ///< and those that we could not tell
};

/// One host. Pointers lead into the table that gave the row, to texts that many rows share; null
/// stands for nothing.
struct HostRow {
  /// A cause without its reasons.
  struct Likely {
    diagnosis::CauseId cause;
    double confidence;
  };
  static constexpr std::uint32_t kNoTime = std::numeric_limits<std::uint32_t>::max();

  std::string host;
  std::uint16_t port = 22;
  bool each_address = false;  ///< its name has several addresses, and each is a target
  probe::Outcome outcome = probe::Outcome::not_probed;
  std::optional<probe::Phase> phase;
  std::uint8_t attempts = 0;
  std::optional<Address> address;
  std::array<std::uint32_t, 5> times{};       ///< microseconds, as PhaseTimes orders them
  const std::string* ident = nullptr;         ///< raw
  const inventory::Labels* labels = nullptr;  ///< never empty
  const std::string* key_type = nullptr;
  std::optional<std::uint64_t> key_tag = {};  ///< of a proved key
  const std::string* cause = nullptr;         ///< the likeliest one's name
  const std::string* because = nullptr;       ///< what was seen of the host itself
  const std::string* beside = nullptr;        ///< what other hosts add to that
  std::vector<Likely> causes = {};            ///< all of them, by its own attempts alone
  std::optional<WallTime> tried = {};         ///< its first attempt
  const std::string* unexpected_key = nullptr;
  const std::string* views = nullptr;    ///< of a joint verdict: "local: ok, fra1: connect_reset"
  const std::string* vantage = nullptr;  ///< that asked it; null where the run has but one
  const std::string* router = nullptr;   ///< another address that answered for it by ICMP
  const std::string* partial = nullptr;  ///< the vantages that fail, where others reach it
  std::int32_t finding = -1;             ///< index in Report::findings; -1: in none

  [[nodiscard]] probe::State state() const { return probe::state_of(outcome); }
  /// As Target::name().
  [[nodiscard]] std::string target() const {
    if (each_address && address) return host + '/' + host_and_port(address->to_string(), port);
    return host_and_port(host, port);
  }
};

/// A row's causes, likeliest first, in the light of its neighbors and of earlier runs. `because` is
/// what they add.
/// @param past  null: earlier runs are not known
[[nodiscard]] std::vector<probe::Cause> causes_among(const HostRow& row,
                                                     const diagnosis::Neighbors& neighbors,
                                                     const Past* past = nullptr);

/// Bounded: when there are more rows of a kind than may be kept, a draw decides which ones stay,
/// the same one whatever the order of adding.
class HostTable {
 public:
  static constexpr std::size_t kMaxHealthyRows = 100'000;
  static constexpr std::size_t kMaxFailingRows = 200'000;
  static constexpr std::size_t kMaxUnprobedRows = 10'000;  ///< of a run that ended early
  static constexpr std::size_t kMaxRecords = 10'000;
  static constexpr std::size_t kMaxRecordBytes = std::size_t{16} << 20;  ///< of all of them

  explicit HostTable(Rows rows = Rows::automatic) : wanted_(rows) {}

  void add(const probe::HostResult& result);

  /// By address, then name, then port; hosts without an address come last. The causes of failing
  /// ones are ranked as causes_among() does.
  [[nodiscard]] std::vector<HostRow> sorted(const diagnosis::Neighbors& neighbors,
                                            const Past* past = nullptr);

  struct Record {
    std::string target;
    std::string line;  ///< records::append_host()
  };
  using FindingOf = std::function<std::optional<records::FindingName>(const std::string& target)>;
  /// Of failing hosts, by target. Their causes are ranked as those of the rows. They are handed
  /// over: a second call gives none.
  [[nodiscard]] std::vector<Record> take_records(const diagnosis::Neighbors& neighbors,
                                                 const FindingOf& finding_of = {},
                                                 const Past* past = nullptr);

  /// Healthy hosts that have no row, and failing ones.
  [[nodiscard]] std::uint64_t healthy_left_out() const {
    return hosts_ - failing_.seen() - unprobed_.seen() - healthy_.size();
  }
  [[nodiscard]] std::uint64_t failing_left_out() const {
    return failing_.left_out() + unprobed_.left_out();
  }

 private:
  [[nodiscard]] HostRow row_of(const probe::HostResult& result);
  [[nodiscard]] const std::string* shared(std::string_view text);
  [[nodiscard]] const inventory::Labels* shared(const inventory::Target& target);
  void rank_again(HostRow& row, const diagnosis::Neighbors& neighbors, const Past* past);
  void drop_healthy();

  Rows wanted_;
  std::uint64_t hosts_ = 0;
  bool keeps_healthy_ = true;
  std::vector<HostRow> healthy_;
  Drawn<HostRow> failing_{kMaxFailingRows};
  Drawn<HostRow> unprobed_{kMaxUnprobedRows};
  Drawn<std::string> records_{kMaxRecords, kMaxRecordBytes};  ///< as lines: a tenth of the memory
  struct HashText {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_set<std::string, HashText, std::equal_to<>> texts_;  ///< a node never moves
  std::set<inventory::Labels> labels_;                                ///< nor here
};

}  // namespace fleetscan::summary
