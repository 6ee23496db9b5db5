#include "reports/summary/forecast.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/prefix.h"
#include "reports/summary/prospect.h"
#include "reports/summary/remedy.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/software.h"

namespace fleetscan::summary {
namespace {

/// The software, and who breaks where.
std::string key_of(const std::string& software, const std::vector<Prospect>& prospects) {
  auto key = software + '\n';
  for (const auto& prospect : prospects)
    key += prospect.breaks ? static_cast<char>('a' + static_cast<int>(*prospect.breaks)) : '-';
  return key;
}

/// What the client would have to take besides, once it takes all of the server's in this slot.
void take(ssh::ClientProfile& client, ssh::Slot slot, const ssh::Kexinit& server) {
  const auto add = [&](ssh::NameList& names) {
    names.insert(names.end(), server[slot].begin(), server[slot].end());
  };
  switch (slot) {
    case ssh::Slot::kex: return add(client.kex);
    case ssh::Slot::host_key: return add(client.host_keys);
    case ssh::Slot::cipher_c2s:
    case ssh::Slot::cipher_s2c: return add(client.ciphers);
    case ssh::Slot::mac_c2s:
    case ssh::Slot::mac_s2c: return add(client.macs);
    case ssh::Slot::compression_c2s:
    case ssh::Slot::compression_s2c: return add(client.compression);
    case ssh::Slot::host_key_bits:
    case ssh::Slot::group_bits: return;
  }
}

/// Every slot in which the client breaks, the one of its prospect first.
std::vector<ssh::Slot> broken_slots(ssh::ClientProfile client, ssh::Slot first,
                                    const ssh::Kexinit& server) {
  std::vector<ssh::Slot> slots{first};
  while (slots.size() < ssh::kSlots) {
    take(client, slots.back(), server);
    const auto next = missing_slot(client, server);
    if (!next || *next == slots.back()) break;
    slots.push_back(*next);
  }
  return slots;
}

void count_client(ClientForecast& row, const Prospect& prospect) {
  if (prospect.breaks) {
    ++row.breaks;
    ++row.broken_in[static_cast<std::size_t>(*prospect.breaks)];
    return;
  }
  ++(prospect.warns() ? row.warns : row.connects);
  for (const auto doubt : kDoubts)
    row.doubts[static_cast<std::size_t>(doubt)] += prospect.has(doubt) ? 1U : 0U;
}

}  // namespace

Forecast::Forecast(std::vector<const ssh::ClientProfile*> clients) {
  report_.clients.reserve(clients.size());
  for (const auto* client : clients) report_.clients.push_back({.client = client});
}

const Forecast::Kind& Forecast::kind_of(const ServerFacts& server) {
  auto [at, fresh] = kinds_.try_emplace(offer_digest(server));
  auto& kind = at->second;
  if (!fresh) return kind;
  kind.prospects.reserve(report_.clients.size());
  for (const auto& row : report_.clients)
    kind.prospects.push_back(prospect_of(*row.client, server));
  kind.breaks = std::ranges::any_of(
      kind.prospects, [](const Prospect& prospect) { return prospect.breaks.has_value(); });
  const auto& methods = server.offer[ssh::Slot::kex];
  kind.offered = std::ranges::any_of(methods, is_post_quantum);
  kind.preferred = !methods.empty() && is_post_quantum(methods.front());
  kind.strict = server.offer.strict_kex();
  return kind;
}

void Forecast::count(const Kind& kind, const std::string& software) {
  for (std::size_t i = 0; i < kind.prospects.size(); ++i)
    count_client(report_.clients[i], kind.prospects[i]);
  for (auto* census : {&report_.census, &report_.by_software[software]}) {
    ++census->hosts;
    census->offered += kind.offered ? 1U : 0U;
    census->preferred += kind.preferred ? 1U : 0U;
    census->strict += kind.strict ? 1U : 0U;
  }
}

/// A name that nobody here knows stands for another key, of whatever type.
void Forecast::count_keys(const ssh::NameList& offered, const std::string& target) {
  std::vector<std::string_view> types;
  bool others = false;
  for (const auto& name : offered) {
    const auto* algorithm = ssh::find_key_algorithm(name);
    if (!algorithm)
      others = true;
    else if (const auto type = ssh::bare_type(*algorithm); std::ranges::count(types, type) == 0)
      types.push_back(type);
  }
  for (const auto type : types) {
    auto& row = report_.keys[std::string(type)];
    ++row.hosts;
    if (types.size() == 1 && !others) row.only.push_back(target);
  }
}

BrokenGroup& Forecast::group_of(const Kind& kind, std::string_view ident,
                                const std::string& software, const ServerFacts& server) {
  const auto [at, fresh] =
      groups_.try_emplace(key_of(software, kind.prospects), report_.groups.size());
  if (!fresh) return report_.groups[at->second];
  auto& group = report_.groups.emplace_back();
  group.software = software;
  for (std::size_t i = 0; i < kind.prospects.size(); ++i) {
    const auto first = kind.prospects[i].breaks;
    if (!first) continue;
    const auto& client = *report_.clients[i].client;
    for (const auto slot : broken_slots(client, *first, server.offer))
      group.broken.push_back({&client, slot, server_remedy(slot, ident, server.offer, client),
                              client_bridge(slot, server.offer, client)});
  }
  return group;
}

void Forecast::add(const probe::HostResult& result) {
  const auto* attempt = result.decisive();
  if (!attempt || !attempt->evidence.kexinit) {
    ++report_.untold;
    return;
  }
  const auto& seen = attempt->evidence;
  const auto server = facts_of(seen);
  const std::string_view ident = seen.ident_line ? *seen.ident_line : std::string_view{};
  const std::string software(ssh::software_of(ident));
  const auto& kind = kind_of(server);
  count(kind, software);
  count_keys(seen.kexinit->lists[static_cast<std::size_t>(ssh::Slot::host_key)],
             result.target.name());
  if (!kind.breaks) return;
  auto& group = group_of(kind, ident, software, server);
  group.targets.push_back(result.target.name());
  const auto& address = seen.address ? seen.address : result.target.address;
  if (address) ++group.subnets[subnet_of(*address).to_string()];
  if (!result.target.labels) return;
  for (const auto& [key, value] : *result.target.labels) ++group.labels[key + '=' + value];
}

ForecastReport Forecast::finish() && {
  std::ranges::stable_sort(report_.groups, std::ranges::greater{},
                           [](const BrokenGroup& group) { return group.targets.size(); });
  return std::move(report_);
}

}  // namespace fleetscan::summary
