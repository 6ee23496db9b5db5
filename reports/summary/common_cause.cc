#include "reports/summary/common_cause.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/prefix.h"
#include "reports/summary/bounded_tally.h"
#include "reports/summary/host_table.h"
#include "reports/summary/past.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"
#include "scanner/ssh/software.h"

namespace fleetscan::summary {
namespace {

using Kind = CommonCause::Kind;
using RowIds = std::vector<std::size_t>;

/// In a small fleet three hosts of one kind are a finding; in a large one chance alone makes some.
CoverRule rule_for(std::uint64_t failing) {
  return {.min_share = 0.8, .min_failing = failing < 100 ? 3U : 5U};
}

bool obeys(const CoverRule& rule, std::uint64_t failing, std::uint64_t hosts) {
  return failing >= rule.min_failing &&
         static_cast<double>(failing) >= rule.min_share * static_cast<double>(hosts);
}

/// The failing classes among the results, in the order of the enumeration.
std::vector<probe::Outcome> failures(const Tally& tally) {
  std::vector<probe::Outcome> found;
  for (const auto& [outcome, count] : tally.classes())
    if (probe::state_of(outcome) == probe::State::unreachable) found.push_back(outcome);
  return found;
}

struct Candidate {
  CommonCause cause;
  std::optional<probe::Outcome> alike;  ///< it speaks of failures of this class only
  RowIds failing;                       ///< rows
  RowIds healthy;
};

bool fails(const HostRow& row) { return probe::is_failure(row.outcome); }

void place(Candidate& candidate, const HostRow& row, std::size_t id) {
  if (fails(row)) {
    if (!candidate.alike || row.outcome == *candidate.alike) candidate.failing.push_back(id);
  } else if (candidate.healthy.size() < CommonCause::kMaxCounterExamples) {
    candidate.healthy.push_back(id);
  }
}

/// Gathers the candidates and the rows that belong to each.
class Candidates {
 public:
  /// @param alike  a candidate stands for the failures of one class, else for all in its place
  Candidates(const Summary& summary, const std::vector<HostRow>& rows, bool alike)
      : rule_(rule_for(summary.failing())) {
    if (alike)
      for (const auto outcome : failures(summary.total)) add_prefixes(summary, outcome);
    else
      add_prefixes(summary, std::nullopt);
    add_names(Kind::label, summary.labels, labels_, alike);
    add_names(Kind::software, summary.software, software_, alike);
    for (std::size_t id = 0; id < rows.size(); ++id) place_everywhere(rows[id], id);
  }

  [[nodiscard]] const CoverRule& rule() const { return rule_; }
  [[nodiscard]] std::vector<Candidate>& all() { return all_; }

 private:
  using Index = std::map<std::string, std::size_t, std::less<>>;

  /// Disjoint prefixes in order of address, and where the first of them stands in all_.
  struct Cover {
    std::vector<Prefix> prefixes;
    std::size_t first;
  };

  void add_prefixes(const Summary& summary, std::optional<probe::Outcome> alike) {
    Cover cover{{}, all_.size()};
    for (auto& [prefix, tally] : summary.subnets.cover(rule_, alike)) {
      cover.prefixes.push_back(prefix);
      all_.push_back({{Kind::prefix, prefix.to_string(), tally}, alike, {}, {}});
    }
    if (!cover.prefixes.empty()) covers_.push_back(std::move(cover));
  }

  void add_names(Kind kind, const BoundedTally& tallies, Index& index, bool alike) {
    for (const auto& entry : tallies.entries()) {
      const auto& name = entry.first;
      const auto& tally = entry.second;
      const auto add = [&](std::uint64_t failing, std::optional<probe::Outcome> outcome) {
        if (!obeys(rule_, failing, tally.hosts())) return;
        index[name] = all_.size();
        all_.push_back({{kind, name, tally}, outcome, {}, {}});
      };
      if (!alike) add(tally.failing(), std::nullopt);
      if (alike)
        for (const auto outcome : failures(tally)) add(tally[outcome], outcome);
    }
  }

  void place_everywhere(const HostRow& row, std::size_t id) {
    for (const auto& [prefixes, first] : covers_) {
      if (!row.address) break;
      const auto after = std::ranges::upper_bound(prefixes, *row.address, {}, &Prefix::base);
      if (after != prefixes.begin() && std::prev(after)->contains(*row.address))
        place(all_[first + static_cast<std::size_t>(after - prefixes.begin()) - 1], row, id);
    }
    if (row.labels)
      for (const auto& [key, value] : *row.labels) place_in(labels_, key + '=' + value, row, id);
    if (row.ident) {
      place_in(software_, std::string(ssh::software_of(*row.ident)), row, id);
    }
  }

  void place_in(const Index& index, const std::string& name, const HostRow& row, std::size_t id) {
    if (const auto found = index.find(name); found != index.end())
      place(all_[found->second], row, id);
  }

  CoverRule rule_;
  std::vector<Cover> covers_;
  Index labels_;
  Index software_;
  std::vector<Candidate> all_;
};

template <typename Key>
Key most_frequent(const std::map<Key, std::size_t>& counts) {
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })
      ->first;
}

void name_cause(CommonCause& finding, std::string cause) {
  if (const auto id = diagnosis::parse_cause(cause))
    finding.remedy = diagnosis::text_of(*id).in_short;
  finding.cause = std::move(cause);
}

/// What findings are drawn from. `past` may be null.
struct Facts {
  const std::vector<HostRow>& rows;
  const Past* past;
};

/// Since when, and how many of them not before.
void date(CommonCause& finding, const Facts& facts, const RowIds& ids) {
  const auto& [rows, past] = facts;
  if (!past) return;
  std::map<WallTime, std::size_t> begun;
  for (const auto id : ids) {
    const auto target = rows[id].target();
    finding.fresh += std::ranges::binary_search(past->fresh, target) ? 1U : 0U;
    const auto since = past->failing_since.find(target);
    if (since != past->failing_since.end()) ++begun[since->second];
  }
  if (!begun.empty()) finding.since = most_frequent(begun);
}

/// Fills in what the failing rows `ids` say.
void describe(CommonCause& finding, const Facts& facts, const RowIds& ids) {
  const auto& rows = facts.rows;
  date(finding, facts, ids);
  std::map<probe::Outcome, std::size_t> outcomes;
  std::map<std::string, std::size_t> causes;
  for (const auto id : ids) {
    ++outcomes[rows[id].outcome];
    if (rows[id].cause) ++causes[*rows[id].cause];
    if (finding.examples.size() < CommonCause::kMaxExamples)
      finding.examples.push_back(rows[id].target());
  }
  finding.outcome = most_frequent(outcomes);
  finding.remedy = probe::row(finding.outcome).remedy;
  if (causes.empty()) return;
  name_cause(finding, most_frequent(causes));
  for (const auto id : ids)
    if (rows[id].cause && *rows[id].cause == finding.cause && rows[id].because) {
      finding.because = *rows[id].because;
      return;
    }
}

CommonCause finished(Candidate& candidate, const Facts& facts) {
  auto finding = std::move(candidate.cause);
  describe(finding, facts, candidate.failing);
  for (const auto id : candidate.healthy)
    finding.counter_examples.push_back(facts.rows[id].target());
  return finding;
}

/// One finding per class for what no candidate explains.
void add_scattered(std::vector<CommonCause>& findings, const Facts& facts,
                   const std::vector<bool>& explained) {
  const auto& rows = facts.rows;
  std::map<probe::Outcome, RowIds> by_class;
  for (std::size_t id = 0; id < rows.size(); ++id)
    if (fails(rows[id]) && !explained[id]) by_class[rows[id].outcome].push_back(id);
  const auto first = static_cast<std::ptrdiff_t>(findings.size());
  for (const auto& [outcome, ids] : by_class) {
    CommonCause finding{Kind::scattered, std::string(probe::to_string(outcome)), {}};
    finding.tally.add(outcome, ids.size());
    describe(finding, facts, ids);
    findings.push_back(std::move(finding));
  }
  std::stable_sort(findings.begin() + first, findings.end(), [](const auto& a, const auto& b) {
    return a.tally.failing() > b.tally.failing();
  });
}

/// The greedy cover: as long as one candidate explains enough hosts that no finding before it does,
/// take the one that explains most. Equal ones stand in the order of Kind, then of place or name.
/// What a candidate would add only shrinks, so a stale number is an upper bound of the true one.
void add_covering(std::vector<CommonCause>& findings, Candidates& candidates, const Facts& facts,
                  std::vector<bool>& explained) {
  std::set<std::pair<std::ptrdiff_t, std::size_t>> queue;  // minus what it adds, index
  for (std::size_t i = 0; i < candidates.all().size(); ++i)
    queue.emplace(-std::ssize(candidates.all()[i].failing), i);
  while (!queue.empty()) {
    const auto [minus_stale, index] = *queue.begin();
    queue.erase(queue.begin());
    auto& candidate = candidates.all()[index];
    std::erase_if(candidate.failing, [&](std::size_t id) { return explained[id]; });
    const auto adds = std::ssize(candidate.failing);
    if (static_cast<std::uint64_t>(adds) < candidates.rule().min_failing) continue;
    if (-adds != minus_stale) {
      queue.emplace(-adds, index);
      continue;
    }
    for (const auto id : candidate.failing) explained[id] = true;
    findings.push_back(finished(candidate, facts));
  }
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::run: return "run";
    case Kind::prefix: return "prefix";
    case Kind::label: return "label";
    case Kind::software: return "software";
    case Kind::scattered: return "scattered";
  }
  return "?";
}

std::vector<CommonCause> find_common_causes(const Summary& summary,
                                            const std::vector<HostRow>& rows, const Past* past) {
  const Facts facts{rows, past};
  std::vector<CommonCause> findings;
  std::vector<bool> explained(rows.size());
  if (const auto suspicion = summary.neighbours.suspicion()) {
    RowIds ids;
    for (std::size_t id = 0; id < rows.size(); ++id)
      if (rows[id].outcome == suspicion->outcome) ids.push_back(id), explained[id] = true;
    findings.push_back({Kind::run, "this run", summary.total});
    describe(findings.back(), facts, ids);
    name_cause(findings.back(), suspicion->cause.name);
    findings.back().because = suspicion->cause.because.front();
  }

  // What fails alike is said first, each class by itself; then places where hosts fail variously.
  for (const bool alike : {true, false}) {
    Candidates candidates(summary, rows, alike);
    add_covering(findings, candidates, facts, explained);
  }
  add_scattered(findings, facts, explained);
  return findings;
}

}  // namespace fleetscan::summary
