#include "reports/summary/failing_places.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/prefix.h"
#include "inventory/target.h"
#include "reports/summary/bounded_tally.h"
#include "reports/summary/enrichment.h"
#include "reports/summary/host_table.h"
#include "reports/summary/named_places.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/outcome_family.h"
#include "scanner/ssh/software.h"

namespace fleetscan::summary {
namespace {

constexpr std::size_t kFewest = 3;            // failing hosts that make a finding anywhere
constexpr std::size_t kMaxPairedLabels = 12;  // of one host: 66 pairs

/// Rows by a name that they bear, for the names that are worth it.
using RowsByName = std::map<std::string, RowIds, std::less<>>;

void add_named(std::vector<FailingPlace>& places, PlaceKind kind, const BoundedTally& tallies,
               RowsByName& rows, const FailureKind& failure, const Enrichment& enrichment,
               double price) {
  for (auto& [name, ids] : rows) {
    const auto found = tallies.entries().find(name);
    if (found == tallies.entries().end()) continue;
    const auto hosts = found->second.hosts();
    if (enrichment.gain(failure.among(found->second), hosts, price) > 0)
      places.push_back(
          {.kind = kind, .name = name, .hosts = hosts, .price = price, .failing = std::move(ids)});
  }
}

bool bears(const inventory::Labels& labels, const std::string& label) {
  return std::ranges::any_of(labels, [&](const auto& entry) {
    return label.size() == entry.first.size() + 1 + entry.second.size() &&
           label.starts_with(entry.first) && label[entry.first.size()] == '=' &&
           label.ends_with(entry.second);
  });
}

/// "10.4.7.32-79" within a /24, else "10.4.7.1-10.4.9.254".
std::string range_text(const Concentration& range) {
  const auto last = range.last.to_string();
  const bool close = range.last.is_v4() && subnet_of(range.first) == subnet_of(range.last);
  return range.first.to_string() + '-' + (close ? last.substr(last.rfind('.') + 1) : last);
}

/// Calls `then` for each two of the first labels.
void each_pair(const std::vector<std::uint32_t>& ids, const auto& then) {
  const auto count = std::min(ids.size(), kMaxPairedLabels);
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = a + 1; b < count; ++b) then(std::uint64_t{ids[a]} << 32 | ids[b]);
}

}  // namespace

bool FailureKind::holds(probe::Outcome outcome) const {
  return probe::is_failure(outcome) && (!family || probe::family_of(outcome) == *family);
}

std::uint64_t FailureKind::among(const Tally& tally) const {
  std::uint64_t count = 0;
  for (const auto& [outcome, hosts] : tally.classes())
    if (holds(outcome)) count += hosts;
  return count;
}

bool is_in_domain(std::string_view host, std::string_view domain) {
  while (host.ends_with('.')) host.remove_suffix(1);
  return host.size() > domain.size() + 1 && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.';
}

bool lies_in(const FailingPlace& place, const HostRow& row) {
  switch (place.kind) {
    case PlaceKind::prefix:
    case PlaceKind::range:
      return row.address && *row.address >= place.first && *row.address <= place.last;
    case PlaceKind::label: return row.labels && bears(*row.labels, place.name);
    case PlaceKind::labels:
      return row.labels && bears(*row.labels, place.name) && bears(*row.labels, place.with);
    case PlaceKind::software: return row.ident && ssh::software_of(*row.ident) == place.name;
    case PlaceKind::domain: return is_in_domain(row.host, place.name);
    case PlaceKind::router: return row.router && *row.router == place.name;
    case PlaceKind::vantage: return row.vantage && *row.vantage == place.name;
    case PlaceKind::moment:
      return row.tried && *row.tried >= place.from && *row.tried < place.until;
  }
  return false;
}

FailingPlaces::FailingPlaces(const Summary& summary, const std::vector<HostRow>& rows)
    : summary_(summary), rows_(rows) {
  for (std::size_t id = 0; id < rows.size(); ++id)
    if (probe::is_failure(rows[id].outcome)) failing_.push_back(id);
  collect_label_sets();
  number_labels();
  count_pairs();
  if (summary_.hosts.healthy_left_out() == 0) named_ = named_places(rows_, failing_);
}

void FailingPlaces::collect_label_sets() {
  std::unordered_map<const inventory::Labels*, std::size_t> index;
  for (std::size_t id = 0; id < rows_.size(); ++id) {
    const auto& row = rows_[id];
    if (!row.labels) continue;
    const auto at = index.try_emplace(row.labels, label_sets_.size()).first->second;
    if (at == label_sets_.size()) label_sets_.push_back({row.labels, {}, 0, {}});
    ++label_sets_[at].hosts;
    if (probe::is_failure(row.outcome)) label_sets_[at].failing.push_back(id);
  }
}

void FailingPlaces::number_labels() {
  std::map<std::string, std::size_t> failing;
  for (const auto& set : label_sets_)
    if (!set.failing.empty())
      for (const auto& [key, value] : *set.labels) failing[key + '=' + value] += set.failing.size();
  std::map<std::string, LabelId, std::less<>> numbers;
  for (const auto& [name, count] : failing)
    if (count >= kFewest) {
      numbers.emplace(name, static_cast<LabelId>(label_names_.size()));
      label_names_.push_back(name);
    }
  for (auto& set : label_sets_)
    for (const auto& [key, value] : *set.labels)
      if (const auto found = numbers.find(key + '=' + value); found != numbers.end())
        set.ids.push_back(found->second);
}

void FailingPlaces::count_pairs() {
  if (summary_.hosts.healthy_left_out() > 0) return;  // nobody counted the healthy ones
  std::unordered_map<PairId, std::size_t> failing;
  for (const auto& set : label_sets_)
    if (!set.failing.empty())
      each_pair(set.ids, [&](PairId pair) { failing[pair] += set.failing.size(); });
  for (const auto& [pair, count] : failing)
    if (count >= kFewest) pair_hosts_[pair] = 0;
  for (const auto& set : label_sets_)
    each_pair(set.ids, [&](PairId pair) {
      if (const auto found = pair_hosts_.find(pair); found != pair_hosts_.end())
        found->second += set.hosts;
    });
}

std::vector<FailingPlace> FailingPlaces::of(const FailureKind& failure, std::size_t kinds,
                                            std::uint64_t min_failing) const {
  const Enrichment enrichment(failure.background, min_failing);
  std::vector<FailingPlace> places;
  add_prefixes(places, failure, enrichment, kinds);
  add_labels(places, failure, enrichment, kinds);
  add_label_pairs(places, failure, enrichment, kinds);
  add_software(places, failure, enrichment, kinds);
  add_others(places, failure, enrichment, kinds);
  return places;
}

void FailingPlaces::add_prefixes(std::vector<FailingPlace>& places, const FailureKind& failure,
                                 const Enrichment& enrichment, std::size_t kinds) const {
  RowIds ids;
  for (const auto id : failing_)
    if (rows_[id].address && failure.holds(rows_[id].outcome)) ids.push_back(id);
  // A trie of so many leaves has less than twice as many nodes.
  const auto price = Enrichment::price_of(2 * ids.size() * kinds);
  // A range lies between any two of them.
  const auto price_of_range = Enrichment::price_of(ids.size() * (ids.size() + 1) / 2 * kinds);
  const auto gain_at = [&](double at) {
    return [&enrichment, at](std::uint64_t failing, std::uint64_t hosts) {
      return std::max(enrichment.gain(failing, hosts, at), 0.0);
    };
  };
  const auto found = summary_.subnets.concentrations(
      [&](probe::Outcome outcome) { return failure.holds(outcome); }, gain_at(price),
      gain_at(price_of_range));
  const auto address_of = [&](std::size_t id) { return *rows_[id].address; };
  for (const auto& each : found)
    places.push_back({.kind = each.prefix ? PlaceKind::prefix : PlaceKind::range,
                      .name = each.prefix ? each.prefix->to_string() : range_text(each),
                      .first = each.first,
                      .last = each.last,
                      .hosts = each.hosts,
                      .price = each.prefix ? price : price_of_range,
                      .failing = {std::ranges::lower_bound(ids, each.first, {}, address_of),
                                  std::ranges::upper_bound(ids, each.last, {}, address_of)}});
}

void FailingPlaces::add_labels(std::vector<FailingPlace>& places, const FailureKind& failure,
                               const Enrichment& enrichment, std::size_t kinds) const {
  RowsByName rows;
  for (const auto& set : label_sets_)
    for (const auto id : set.failing)
      if (failure.holds(rows_[id].outcome))
        for (const auto label : set.ids) rows[label_names_[label]].push_back(id);
  for (auto& [name, ids] : rows) std::ranges::sort(ids);
  add_named(places, PlaceKind::label, summary_.labels, rows, failure, enrichment,
            Enrichment::price_of(summary_.labels.entries().size() * kinds));
}

void FailingPlaces::add_label_pairs(std::vector<FailingPlace>& places, const FailureKind& failure,
                                    const Enrichment& enrichment, std::size_t kinds) const {
  std::map<PairId, RowIds> pairs;
  for (const auto& set : label_sets_)
    for (const auto id : set.failing)
      if (failure.holds(rows_[id].outcome))
        each_pair(set.ids, [&](PairId pair) {
          if (pair_hosts_.contains(pair)) pairs[pair].push_back(id);
        });
  // Two names cost more than one, however few pairs occur.
  const auto labels = summary_.labels.entries().size();
  const auto price = Enrichment::price_of(labels * (labels - 1) / 2 * kinds);
  for (auto& [pair, ids] : pairs) {
    const auto hosts = pair_hosts_.at(pair);
    if (enrichment.gain(ids.size(), hosts, price) <= 0) continue;
    std::ranges::sort(ids);
    places.push_back({.kind = PlaceKind::labels,
                      .name = label_names_[pair >> 32],
                      .with = label_names_[pair & 0xffff'ffff],
                      .hosts = hosts,
                      .price = price,
                      .failing = std::move(ids)});
  }
}

void FailingPlaces::add_software(std::vector<FailingPlace>& places, const FailureKind& failure,
                                 const Enrichment& enrichment, std::size_t kinds) const {
  RowsByName rows;
  for (const auto id : failing_)
    if (rows_[id].ident && failure.holds(rows_[id].outcome))
      rows[std::string(ssh::software_of(*rows_[id].ident))].push_back(id);
  add_named(places, PlaceKind::software, summary_.software, rows, failure, enrichment,
            Enrichment::price_of(summary_.software.entries().size() * kinds));
}

/// A subnet is named before its router, and labels before domains: hence the higher price.
void FailingPlaces::add_others(std::vector<FailingPlace>& places, const FailureKind& failure,
                               const Enrichment& enrichment, std::size_t kinds) const {
  std::size_t alike = 0;
  for (const auto id : failing_)
    if (failure.holds(rows_[id].outcome)) ++alike;
  const auto price = Enrichment::price_of(4 * alike * kinds);
  for (const auto& named : named_) {
    auto place = named;
    std::erase_if(place.failing, [&](std::size_t id) { return !failure.holds(rows_[id].outcome); });
    if (2 * place.hosts > summary_.total.hosts()) continue;  // most hosts are there: no place
    if (enrichment.gain(place.failing.size(), place.hosts, price) <= 0) continue;
    place.price = price;
    places.push_back(std::move(place));
  }
}

}  // namespace fleetscan::summary
