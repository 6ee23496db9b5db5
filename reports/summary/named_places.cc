#include "reports/summary/named_places.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"
#include "reports/summary/failing_places.h"
#include "reports/summary/host_table.h"

namespace fleetscan::summary {
namespace {

constexpr std::size_t kFewest = 3;      // failing hosts that make a finding anywhere
constexpr std::size_t kMaxDomains = 4;  // of one name

/// By name, and then the rows.
using RowsByName = std::map<std::string, RowIds, std::less<>>;

/// Calls `then` for the domains that a name lies in, narrowest first. An address lies in none.
void each_domain(std::string_view host, const auto& then) {
  if (Address::parse(host)) return;
  while (host.ends_with('.')) host.remove_suffix(1);
  for (std::size_t depth = 0; depth < kMaxDomains; ++depth) {
    const auto dot = host.find('.');
    if (dot == host.npos || dot + 1 == host.size()) return;
    host.remove_prefix(dot + 1);
    then(host);
  }
}

void add_to(RowsByName& rows, std::string_view name, std::size_t id) {
  const auto found = rows.find(name);
  (found != rows.end() ? found : rows.emplace(name, RowIds{}).first)->second.push_back(id);
}

void add_places(std::vector<FailingPlace>& places, PlaceKind kind, RowsByName rows,
                const std::map<std::string, std::uint64_t, std::less<>>& hosts) {
  for (auto& [name, ids] : rows) {
    if (ids.size() < kFewest) continue;
    FailingPlace place{.kind = kind, .name = name};
    const auto found = hosts.find(name);
    place.hosts = found == hosts.end() ? ids.size() : found->second;
    place.failing = std::move(ids);
    places.push_back(std::move(place));
  }
}

void add_domains(std::vector<FailingPlace>& places, const std::vector<HostRow>& rows,
                 const RowIds& failing) {
  RowsByName domains;
  for (const auto id : failing)
    each_domain(rows[id].host, [&](std::string_view name) { add_to(domains, name, id); });
  std::map<std::string, std::uint64_t, std::less<>> hosts;
  for (const auto& [name, ids] : domains)
    if (ids.size() >= kFewest) hosts.emplace(name, 0);
  if (hosts.empty()) return;
  for (const auto& row : rows)
    each_domain(row.host, [&](std::string_view name) {
      if (const auto found = hosts.find(name); found != hosts.end()) ++found->second;
    });
  add_places(places, PlaceKind::domain, std::move(domains), hosts);
}

void add_vantages(std::vector<FailingPlace>& places, const std::vector<HostRow>& rows,
                  const RowIds& failing) {
  RowsByName vantages;
  for (const auto id : failing)
    if (rows[id].vantage) add_to(vantages, *rows[id].vantage, id);
  std::map<std::string, std::uint64_t, std::less<>> hosts;
  for (const auto& row : rows)
    if (row.vantage) ++hosts[*row.vantage];
  if (hosts.size() > 1) add_places(places, PlaceKind::vantage, std::move(vantages), hosts);
}

void add_routers(std::vector<FailingPlace>& places, const std::vector<HostRow>& rows,
                 const RowIds& failing) {
  RowsByName routers;
  std::map<std::string, std::set<Prefix>> behind;
  for (const auto id : failing) {
    const auto& row = rows[id];
    if (!row.router || !row.address) continue;
    add_to(routers, *row.router, id);
    behind[*row.router].insert(subnet_of(*row.address));
  }
  if (routers.empty()) return;
  std::unordered_map<Prefix, std::uint64_t> sizes;
  for (const auto& row : rows)
    if (row.address) ++sizes[subnet_of(*row.address)];
  std::map<std::string, std::uint64_t, std::less<>> hosts;
  for (const auto& [router, subnets] : behind)
    for (const auto& subnet : subnets) hosts[router] += sizes[subnet];
  add_places(places, PlaceKind::router, std::move(routers), hosts);
}

}  // namespace

std::vector<FailingPlace> named_places(const std::vector<HostRow>& rows, const RowIds& failing) {
  std::vector<FailingPlace> places;
  add_domains(places, rows, failing);
  add_vantages(places, rows, failing);
  add_routers(places, rows, failing);
  return places;
}

}  // namespace fleetscan::summary
