#pragma once
// Finds what failures have in common: the prefixes, labels, software versions and other places that
// describe them in the shortest way. These are the findings at the head of every report.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "reports/summary/host_table.h"
#include "reports/summary/news.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

struct CommonCause {
  enum class Kind : std::uint8_t {
    run,        ///< nearly everything fails alike: suspect the scanner or its own network
    prefix,     ///< `what` is "10.4.7.0/24"
    range,      ///< "10.4.7.32-79", "10.4.7.1-10.4.9.254"
    label,      ///< "rack=b7"
    labels,     ///< hosts with two labels: "rack=b7" and, in `with`, "site=lon"
    software,   ///< "OpenSSH_7.4", raw
    domain,     ///< "lab.example.net"
    router,     ///< "10.0.0.1", which answered for them
    vantage,    ///< "fra1", which alone asked them, raw
    moment,     ///< "2026-11-20 02:15:10 to 02:15:40 UTC", when they were first tried
    scattered,  ///< hosts with nothing in common but their class; `what` is its name
  };
  Kind kind = Kind::scattered;
  std::string what;
  std::string with = {};
  Tally tally = {};         ///< of the hosts that it explains: each fails, and belongs to no other
  std::uint64_t hosts = 0;  ///< all that are there, healthy ones and those explained before, too
  bool mixed = false;       ///< they fail in ways that have nothing to do with each other
  probe::Outcome outcome =
      probe::Outcome::connect_timeout;  ///< the most frequent failure among them
  std::string cause = {};               ///< likeliest one of at least half of them, or empty
  std::uint64_t cause_hosts = 0;        ///< how many of them share it
  std::string remedy = {};              ///< for that cause, else for the class
  std::string because = {};             ///< a reason for it, of one of those hosts, raw
  std::string only_from = {};           ///< the vantages from which nearly all of them fail, where
                                        ///< others reach them; raw, usually empty
  std::uint64_t fresh = 0;              ///< of its hosts: those that are news
  std::uint64_t accepted = 0;           ///< of its hosts: those that the baseline accepts
  std::optional<WallTime> since = {};   ///< the run in which most of them began to fail
  std::vector<std::size_t> rows = {};   ///< indices of its hosts among the rows, ascending
  std::vector<std::string> examples = {};          ///< failing targets, in order of address
  std::vector<std::string> fresh_examples = {};    ///< those of them that are news
  std::vector<std::string> counter_examples = {};  ///< healthy targets in the same place

  static constexpr std::size_t kMaxExamples = 1000;
  static constexpr std::size_t kMaxCounterExamples = 3;
};

[[nodiscard]] std::string_view to_string(CommonCause::Kind kind);

/// Where its hosts are: "10.4.7.0/24", "rack=b7 and site=lon", "*.lab.example.net", "behind router
/// 10.0.0.1", "no common place". Raw.
[[nodiscard]] std::string where_of(const CommonCause& finding);

/// The same, and from where: "10.4.7.0/24, only from fra1". Raw.
[[nodiscard]] std::string title_of(const CommonCause& finding);

/// The findings, those that explain most hosts first, scattered ones last. They share the failing
/// hosts out among themselves: their tallies add up to the summary's failing hosts.
/// @param rows  Summary::hosts.sorted(Summary::neighbors)
/// @param news  what they are compared with; nothing is new if that is nothing
[[nodiscard]] std::vector<CommonCause> find_common_causes(const Summary& summary,
                                                          const std::vector<HostRow>& rows,
                                                          const News& news = {});

}  // namespace fleetscan::summary
