#include "reports/summary/comparison.h"

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

#include "base/prefix.h"
#include "reports/records/result_lines.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/outcome_family.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {
namespace {

bool alike(const std::optional<probe::Outcome>& one, const std::optional<probe::Outcome>& other) {
  if (!one || !other) return one == other;
  return probe::family_of(*one) == probe::family_of(*other);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

std::string meaning_of_vantages(const std::vector<std::string>& fail,
                                const std::vector<std::string>& work) {
  if (fail.empty() && work.empty()) return "no vantage could tell";
  if (fail.size() + work.size() == 1)
    return fail.empty() ? "only scanned from " + work[0] + ", where it works"
                        : "only scanned from " + fail[0] + ", where it fails";
  if (fail.empty()) return "works from " + listed(work);
  if (work.empty())
    return "fails from " + listed(fail) + ": the host itself, or a path that all of them share";
  return "only unreachable from " + listed(fail) + ": routing, an ACL or a ban there";
}

std::string meaning_of_runs(const std::vector<Seen>& seen) {
  std::vector<Seen> known;
  std::ranges::copy_if(seen, std::back_inserter(known), [](Seen s) { return s != Seen::absent; });
  std::size_t turns = 0;
  for (std::size_t i = 1; i < known.size(); ++i) turns += known[i] != known[i - 1] ? 1U : 0U;
  if (known.empty()) return "no run could tell";
  if (turns > 1) return "comes and goes";
  if (turns == 1) return known.back() == Seen::fails ? "newly failing" : "recovered";
  std::string text = known.back() == Seen::fails ? "still failing" : "works";
  if (seen.front() == Seen::absent) text += ", not in the first run";
  if (seen.back() == Seen::absent) text += ", not in the last run";
  return text;
}

std::string meaning(const Comparison& comparison, const std::vector<Seen>& seen) {
  if (!comparison.vantages) return meaning_of_runs(seen);
  std::vector<std::string> fail, work;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (seen[i] != Seen::absent)
      (seen[i] == Seen::fails ? fail : work).push_back(comparison.sides[i].name);
  return meaning_of_vantages(fail, work);
}

}  // namespace

std::string_view to_string(Seen seen) {
  switch (seen) {
    case Seen::absent: return "absent";
    case Seen::works: return "ok";
    case Seen::fails: return "fails";
  }
  return "?";
}

Seen ComparedHost::seen(std::size_t side) const {
  if (!outcomes[side]) return Seen::absent;
  switch (probe::state_of(*outcomes[side])) {
    case probe::State::unreachable: return Seen::fails;
    case probe::State::reachable:
    case probe::State::degraded: return Seen::works;
    case probe::State::unknown:
    case probe::State::skipped: return Seen::absent;
  }
  return Seen::absent;
}

bool ComparedHost::same() const {
  return std::ranges::all_of(outcomes,
                             [&](const auto& each) { return alike(each, outcomes.front()); });
}

void Comparer::begin(const std::string& file) { sides_.push_back({file, {}, false}); }

void Comparer::run(const probe::RunInfo& info) { sides_.back().run = info; }

void Comparer::add(const probe::HostResult& result) {
  auto& host = hosts_[result.target.name()];
  host.outcomes.resize(sides_.size());
  host.outcomes.back() = result.outcome;
  if (const auto address = records::address_of(result)) host.subnet = subnet_of(*address);
}

void Comparer::end(const probe::RunEnd& end) { sides_.back().complete = end.complete; }

Comparison Comparer::finish() {
  Comparison comparison;
  std::set<std::string> vantages;
  for (const auto& side : sides_)
    if (side.run.vantage) vantages.insert(*side.run.vantage);
  comparison.vantages = vantages.size() == sides_.size();
  comparison.sides = sides_;
  if (comparison.vantages)
    for (auto& side : comparison.sides) side.name = *side.run.vantage;
  comparison.hosts = hosts_.size();

  const auto count = sides_.size();
  std::map<std::vector<Seen>, std::uint64_t> patterns;
  std::map<Prefix, ComparedSubnet> subnets;
  std::map<probe::Outcome, std::vector<std::uint64_t>> classes;
  std::map<probe::Outcome, std::map<probe::Outcome, std::uint64_t>> moves;  // from, to
  for (auto& [target, known] : hosts_) {
    ComparedHost host{target, known.subnet, std::move(known.outcomes)};
    host.outcomes.resize(count);
    std::vector<Seen> seen;
    for (std::size_t i = 0; i < count; ++i) {
      seen.push_back(host.seen(i));
      if (!host.outcomes[i]) continue;
      auto& row = classes[*host.outcomes[i]];
      row.resize(count);
      ++row[i];
    }
    ++patterns[seen];
    if (host.subnet) {
      auto& subnet =
          subnets.try_emplace(*host.subnet, ComparedSubnet{*host.subnet, 0, {}}).first->second;
      subnet.failing.resize(count);
      ++subnet.hosts;
      for (std::size_t i = 0; i < count; ++i) subnet.failing[i] += seen[i] == Seen::fails ? 1U : 0U;
    }
    const auto& first = host.outcomes.front();
    const auto& last = host.outcomes.back();
    if (first && last && !alike(first, last)) ++moves[*first][*last];
    if (!host.same()) comparison.differing.push_back(std::move(host));
  }
  for (const auto& [seen, hosts] : patterns)
    comparison.patterns.push_back({seen, meaning(comparison, seen), hosts});
  for (auto& [prefix, subnet] : subnets)
    if (std::ranges::count(subnet.failing, subnet.failing[0]) != std::ssize(subnet.failing))
      comparison.subnets.push_back(std::move(subnet));
  for (auto& [outcome, hosts] : classes) comparison.classes.push_back({outcome, std::move(hosts)});
  for (const auto& [from, ends] : moves)
    for (const auto& [to, hosts] : ends) comparison.moves.push_back({from, to, hosts});
  const auto by_hosts = [](const auto& each) { return each.hosts; };
  std::ranges::stable_sort(comparison.patterns, std::greater(), by_hosts);
  std::ranges::stable_sort(comparison.moves, std::greater(), by_hosts);
  return comparison;
}

}  // namespace fleetscan::summary
