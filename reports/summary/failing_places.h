#pragma once
// Lists the places that failing hosts may have in common: ranges of addresses, labels, pairs of
// labels, software versions, domains, routers, vantages and moments of the run, each with the
// failing hosts in it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "inventory/target.h"
#include "reports/summary/enrichment.h"
#include "reports/summary/host_table.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

enum class PlaceKind : std::uint8_t {
  prefix,    ///< `name` is "10.4.7.0/24"
  range,     ///< "10.4.7.32-79" or "10.4.7.1-10.4.9.254": prefixes side by side
  label,     ///< "rack=b7"
  labels,    ///< both "rack=b7" and, as `with`, "os=el7"
  software,  ///< "OpenSSH_7.4", raw
  domain,    ///< "lab.example.net": what its name servers, or its owner, may have in common
  router,    ///< "10.0.0.1": it answered for them by ICMP
  vantage,   ///< "fra1": the only one that asked them, raw
  moment,    ///< "2026-11-20 02:15:10 to 02:15:40 UTC": when they were first tried
};

using RowIds = std::vector<std::size_t>;  ///< ascending

/// Some hosts of a place that fail, and how many hosts are there in all.
struct FailingPlace {
  PlaceKind kind = PlaceKind::prefix;
  std::string name = {};
  std::string with = {};  ///< of PlaceKind::labels only
  Address first = {};     ///< of PlaceKind::prefix and range only: its lowest host
  Address last = {};      ///< and its highest
  WallTime from = {};     ///< of PlaceKind::moment only
  WallTime until = {};    ///< likewise; not included
  std::uint64_t hosts = 0;
  double price = 0;  ///< Enrichment::price_of()
  RowIds failing = {};
};

/// What fails alike, and how much of it is to be expected anywhere.
struct FailureKind {
  std::optional<probe::Outcome> family;  ///< probe::family_of(); none: whatever fails
  double background = 0;

  [[nodiscard]] bool holds(probe::Outcome outcome) const;
  /// How many of these results it holds.
  [[nodiscard]] std::uint64_t among(const Tally& tally) const;
};

/// Whether a host's name lies in a domain, at whatever depth.
[[nodiscard]] bool is_in_domain(std::string_view host, std::string_view domain);
/// Whether a row lies in a place. Healthy rows, too; but nobody knows the routers before those.
[[nodiscard]] bool lies_in(const FailingPlace& place, const HostRow& row);

/// Finds the places of a summary, kind of failure by kind of failure.
class FailingPlaces {
 public:
  /// Both must outlive it. @param rows  in order of address
  FailingPlaces(const Summary& summary, const std::vector<HostRow>& rows);

  /// Those that, taken alone, gain something. Moments are not among them.
  /// @param kinds        that are looked for in all
  /// @param min_failing  fewer in one place are no finding
  [[nodiscard]] std::vector<FailingPlace> of(const FailureKind& failure, std::size_t kinds,
                                             std::uint64_t min_failing) const;

 private:
  using LabelId = std::uint32_t;  ///< an index of label_names_
  using PairId = std::uint64_t;   ///< of two labels

  /// Rows with the same labels.
  struct LabelSet {
    const inventory::Labels* labels;
    std::vector<LabelId> ids;  ///< those that enough failing hosts bear
    std::uint64_t hosts = 0;
    RowIds failing;
  };

  void collect_label_sets();
  void number_labels();
  void count_pairs();
  void add_prefixes(std::vector<FailingPlace>& places, const FailureKind& failure,
                    const Enrichment& enrichment, std::size_t kinds) const;
  void add_labels(std::vector<FailingPlace>& places, const FailureKind& failure,
                  const Enrichment& enrichment, std::size_t kinds) const;
  void add_label_pairs(std::vector<FailingPlace>& places, const FailureKind& failure,
                       const Enrichment& enrichment, std::size_t kinds) const;
  void add_software(std::vector<FailingPlace>& places, const FailureKind& failure,
                    const Enrichment& enrichment, std::size_t kinds) const;
  void add_others(std::vector<FailingPlace>& places, const FailureKind& failure,
                  const Enrichment& enrichment, std::size_t kinds) const;

  const Summary& summary_;
  const std::vector<HostRow>& rows_;
  RowIds failing_;
  std::vector<LabelSet> label_sets_;
  std::vector<std::string> label_names_;
  std::unordered_map<PairId, std::uint64_t> pair_hosts_;
  std::vector<FailingPlace> named_;  ///< domains, routers and vantages; without price
};

}  // namespace fleetscan::summary
