#include "reports/summary/common_cause.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "reports/summary/enrichment.h"
#include "reports/summary/failing_moments.h"
#include "reports/summary/failing_places.h"
#include "reports/summary/host_table.h"
#include "reports/summary/news.h"
#include "reports/summary/place_choice.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/outcome_family.h"

namespace fleetscan::summary {
namespace {

using Kind = CommonCause::Kind;

/// In a small fleet three hosts of one kind are a finding; in a large one chance alone makes some.
std::uint64_t min_failing_of(std::uint64_t failing) { return failing < 100 ? 3 : 5; }

bool fails(const HostRow& row) { return probe::is_failure(row.outcome); }

/// How often a kind of failure occurs in the half of the fleet, subnet by subnet, that has least of
/// it: a first guess, which no dark subnet moves.
double background_of(const FailureKind& failure, const Summary& summary) {
  struct Part {
    std::uint64_t failing = 0;
    std::uint64_t hosts = 0;
  };
  std::vector<Part> parts;
  Part rest{failure.among(summary.total), summary.total.hosts()};
  for (const auto& [prefix, tally] : summary.subnets.at_length({})) {
    const Part part{failure.among(tally), tally.hosts()};
    parts.push_back(part);
    rest.failing -= std::min(rest.failing, part.failing);
    rest.hosts -= std::min(rest.hosts, part.hosts);
  }
  if (rest.hosts > 0) parts.push_back(rest);
  std::ranges::sort(parts, [](const Part& a, const Part& b) {
    return a.failing * b.hosts < b.failing * a.hosts;
  });
  Part half;
  for (const auto& part : parts) {
    if (2 * half.hosts >= summary.total.hosts()) break;
    half.failing += part.failing, half.hosts += part.hosts;
  }
  return (static_cast<double>(half.failing) + 0.5) / (static_cast<double>(half.hosts) + 1);
}

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

/// What findings are drawn from.
struct Facts {
  const std::vector<HostRow>& rows;
  const News& news;
};

/// Since when they fail, which ones are new, how many are accepted.
void date(CommonCause& finding, const Facts& facts, const RowIds& ids) {
  const auto& [rows, news] = facts;
  if (!news.compares()) return;
  std::map<WallTime, std::size_t> begun;
  for (const auto id : ids) {
    const auto target = rows[id].target();
    if (news.accepted(target)) ++finding.accepted;
    if (news.fresh(target)) {
      ++finding.fresh;
      if (finding.fresh_examples.size() < CommonCause::kMaxExamples)
        finding.fresh_examples.push_back(target);
    }
    if (!news.past()) continue;
    const auto since = news.past()->failing_since.find(target);
    if (since != news.past()->failing_since.end()) ++begun[since->second];
  }
  if (!begun.empty()) finding.since = most_frequent(begun);
}

/// Names the cause that at least half of the rows share, and the remedy for it.
void explain(CommonCause& finding, const Facts& facts, const RowIds& ids) {
  std::map<std::string, std::size_t> causes;
  for (const auto id : ids)
    if (facts.rows[id].cause) ++causes[*facts.rows[id].cause];
  if (causes.empty()) return;
  auto cause = most_frequent(causes);
  if (2 * causes[cause] < ids.size()) return;
  finding.cause_hosts = causes[cause];
  for (const auto id : ids) {
    const auto& row = facts.rows[id];
    if (!row.cause || *row.cause != cause || !row.because) continue;
    finding.because = *row.because;
    break;
  }
  name_cause(finding, std::move(cause));
}

/// For the most frequent class, which `hosts` of the rows have. What mends less than a quarter of a
/// mixed place is none.
std::string class_remedy(const CommonCause& finding, std::size_t hosts) {
  const std::string remedy(probe::row(finding.outcome).remedy);
  if (!finding.mixed || remedy.empty()) return remedy;
  if (4 * hosts < finding.rows.size()) return {};
  return fmt::format("for {} of {} ({}): {}", hosts, finding.rows.size(),
                     probe::to_string(finding.outcome), remedy);
}

/// Fills in what the failing rows `ids` say.
void describe(CommonCause& finding, const Facts& facts, const RowIds& ids) {
  finding.rows = ids;
  date(finding, facts, ids);
  std::map<probe::Outcome, std::size_t> outcomes;
  std::set<probe::Outcome> families;
  for (const auto id : ids) {
    const auto& row = facts.rows[id];
    ++outcomes[row.outcome];
    families.insert(probe::family_of(row.outcome));
    if (finding.examples.size() < CommonCause::kMaxExamples)
      finding.examples.push_back(row.target());
  }
  if (outcomes.empty()) return;
  finding.outcome = most_frequent(outcomes);
  finding.mixed = families.size() > 1;
  finding.remedy = class_remedy(finding, outcomes[finding.outcome]);
  explain(finding, facts, ids);
}

Kind kind_of(PlaceKind kind) {
  switch (kind) {
    case PlaceKind::prefix: return Kind::prefix;
    case PlaceKind::label: return Kind::label;
    case PlaceKind::labels: return Kind::labels;
    case PlaceKind::software: return Kind::software;
    case PlaceKind::range: return Kind::range;
    case PlaceKind::domain: return Kind::domain;
    case PlaceKind::router: return Kind::router;
    case PlaceKind::vantage: return Kind::vantage;
    case PlaceKind::moment: return Kind::moment;
  }
  return Kind::scattered;
}

void add_counter_examples(CommonCause& finding, const FailingPlace& place,
                          const std::vector<HostRow>& rows) {
  if (place.hosts == finding.tally.hosts()) return;
  for (const auto& row : rows) {
    if (finding.counter_examples.size() == CommonCause::kMaxCounterExamples) return;
    if (!fails(row) && lies_in(place, row)) finding.counter_examples.push_back(row.target());
  }
}

CommonCause finding_of(const PlaceChoice::Taken& taken, const Facts& facts) {
  const auto& place = taken.candidate->place;
  CommonCause finding{.kind = kind_of(place.kind), .what = place.name, .with = place.with};
  for (const auto id : taken.explained) finding.tally.add(facts.rows[id].outcome);
  finding.hosts = place.hosts;
  describe(finding, facts, taken.explained);
  add_counter_examples(finding, place, facts.rows);
  return finding;
}

/// One finding per class for what no place explains: also of the hosts that have no row.
void add_scattered(std::vector<CommonCause>& findings, const Summary& summary, const Facts& facts,
                   const std::vector<bool>& explained) {
  const auto& rows = facts.rows;
  std::map<probe::Outcome, RowIds> by_class;
  for (std::size_t id = 0; id < rows.size(); ++id)
    if (fails(rows[id]) && !explained[id]) by_class[rows[id].outcome].push_back(id);
  Tally told;
  for (const auto& finding : findings) told.add(finding.tally);
  std::vector<CommonCause> scattered;
  for (const auto& [outcome, hosts] : summary.total.classes()) {
    const auto left = hosts - std::min(hosts, told[outcome]);
    if (!probe::is_failure(outcome) || left == 0) continue;
    CommonCause finding{.kind = Kind::scattered, .what = std::string(probe::to_string(outcome))};
    finding.tally.add(outcome, left);
    finding.hosts = left;
    finding.outcome = outcome;
    describe(finding, facts, by_class[outcome]);
    scattered.push_back(std::move(finding));
  }
  std::ranges::stable_sort(scattered, std::greater{},
                           [](const CommonCause& each) { return each.tally.hosts(); });
  std::ranges::move(scattered, std::back_inserter(findings));
}

/// The families of failures that occur, and last of all whatever fails.
std::vector<FailureKind> kinds_of(const Summary& summary) {
  std::set<probe::Outcome> families;
  for (const auto& entry : summary.total.classes())
    if (probe::is_failure(entry.first)) families.insert(probe::family_of(entry.first));
  std::vector<FailureKind> kinds;
  kinds.reserve(families.size() + 1);
  for (const auto family : families) kinds.push_back({family, 0});
  kinds.push_back({std::nullopt, 0});
  return kinds;
}

/// Places where hosts fail, each by the background that `kinds` states.
struct Round {
  std::vector<Candidate> candidates;
  std::vector<Enrichment> enrichments;

  /// @param places  FailingPlaces or FailingMoments
  template <typename Places>
  Round(const Places& places, const std::vector<FailureKind>& kinds, std::uint64_t min_failing) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      enrichments.emplace_back(kinds[i].background, min_failing);
      for (auto& place : places.of(kinds[i], kinds.size(), min_failing))
        candidates.push_back({std::move(place), i});
    }
  }
};

/// What is left of each kind outside the findings is its background.
void learn_background(std::vector<FailureKind>& kinds, const std::vector<HostRow>& rows,
                      const std::vector<bool>& explained, std::uint64_t hosts) {
  const auto gone = static_cast<std::uint64_t>(std::ranges::count(explained, true));
  for (auto& kind : kinds) {
    std::uint64_t left = 0;
    for (std::size_t id = 0; id < rows.size(); ++id)
      if (!explained[id] && kind.holds(rows[id].outcome)) ++left;
    kind.background = (static_cast<double>(left) + 0.5) /
                      (static_cast<double>(hosts - std::min(hosts, gone)) + 1);
  }
}

/// The first round guesses the background, the second one knows it.
void add_places(std::vector<CommonCause>& findings, const Summary& summary, const Facts& facts,
                std::vector<bool>& explained) {
  const FailingPlaces places(summary, facts.rows);
  const auto min_failing = min_failing_of(summary.failing());
  auto kinds = kinds_of(summary);
  for (auto& kind : kinds) kind.background = background_of(kind, summary);
  {
    const Round round(places, kinds, min_failing);
    const PlaceChoice guess(round.candidates, round.enrichments, explained);
    learn_background(kinds, facts.rows, guess.explained(), summary.total.hosts());
  }
  const Round round(places, kinds, min_failing);
  PlaceChoice choice(round.candidates, round.enrichments, explained);
  for (const auto& taken : choice.taken()) findings.push_back(finding_of(taken, facts));
  explained = choice.explained();
}

/// What no place explains may have a moment in common.
void add_moments(std::vector<CommonCause>& findings, const Summary& summary, const Facts& facts,
                 std::vector<bool>& explained) {
  if (summary.hosts.healthy_left_out() > 0) return;  // nobody knows when those were tried
  const FailingMoments moments(facts.rows, explained);
  auto kinds = kinds_of(summary);
  for (auto& kind : kinds) kind.background = moments.background(kind);
  const Round round(moments, kinds, min_failing_of(summary.failing()));
  PlaceChoice choice(round.candidates, round.enrichments, explained);
  for (const auto& taken : choice.taken()) findings.push_back(finding_of(taken, facts));
  explained = choice.explained();
}

/// Says from where alone nine in ten of its hosts fail.
void name_vantages(CommonCause& finding, const std::vector<HostRow>& rows) {
  std::map<std::string_view, std::size_t> counts;
  for (const auto row : finding.rows)
    if (rows[row].partial) ++counts[*rows[row].partial];
  for (const auto& [names, count] : counts)
    if (count * 10 >= finding.rows.size() * 9) finding.only_from = names;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::run: return "run";
    case Kind::prefix: return "prefix";
    case Kind::label: return "label";
    case Kind::labels: return "labels";
    case Kind::software: return "software";
    case Kind::range: return "range";
    case Kind::domain: return "domain";
    case Kind::router: return "router";
    case Kind::vantage: return "vantage";
    case Kind::moment: return "moment";
    case Kind::scattered: return "scattered";
  }
  return "?";
}

std::string where_of(const CommonCause& finding) {
  switch (finding.kind) {
    case Kind::labels: return finding.what + " and " + finding.with;
    case Kind::domain: return "*." + finding.what;
    case Kind::router: return "behind router " + finding.what;
    case Kind::vantage: return "asked from " + finding.what;
    case Kind::moment: return "first tried " + finding.what;
    case Kind::scattered: return "no common place";
    default: return finding.what;
  }
}

std::string title_of(const CommonCause& finding) {
  const auto place = where_of(finding);
  return finding.only_from.empty() ? place : place + ", only from " + finding.only_from;
}

std::vector<CommonCause> find_common_causes(const Summary& summary,
                                            const std::vector<HostRow>& rows, const News& news) {
  const Facts facts{rows, news};
  std::vector<CommonCause> findings;
  if (summary.failing() == 0) return findings;
  std::vector<bool> explained(rows.size());
  if (const auto suspicion = summary.neighbors.suspicion()) {
    RowIds ids;
    for (std::size_t id = 0; id < rows.size(); ++id)
      if (rows[id].outcome == suspicion->outcome) ids.push_back(id), explained[id] = true;
    CommonCause finding{.kind = Kind::run, .what = "this run"};
    finding.tally.add(suspicion->outcome, summary.total[suspicion->outcome]);
    finding.hosts = summary.total.hosts();
    describe(finding, facts, ids);
    finding.cause_hosts = finding.tally.hosts();
    name_cause(finding, suspicion->cause.name);
    finding.because = suspicion->cause.because.front();
    findings.push_back(std::move(finding));
  }
  const auto first = static_cast<std::ptrdiff_t>(findings.size());
  add_places(findings, summary, facts, explained);
  add_moments(findings, summary, facts, explained);
  std::stable_sort(findings.begin() + first, findings.end(),
                   [](const auto& a, const auto& b) { return a.tally.hosts() > b.tally.hosts(); });
  add_scattered(findings, summary, facts, explained);
  for (auto& finding : findings) name_vantages(finding, rows);
  return findings;
}

}  // namespace fleetscan::summary
