#include "reports/summary/client_outlook.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "inventory/target.h"
#include "reports/summary/prospect.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/client_profiles.h"

namespace fleetscan::summary {
namespace {

void count(ClientLoss& row, const Prospect& prospect, const inventory::Target& target) {
  if (!prospect.breaks) {
    ++row.connects;
    row.warns += prospect.warns() ? 1U : 0U;
    return;
  }
  ++row.breaks;
  ++row.broken_in[static_cast<std::size_t>(*prospect.breaks)];
  auto& examples = row.examples;
  auto name = target.name();
  if (examples.size() == ClientOutlook::kExamples && examples.back() <= name) return;
  examples.insert(std::upper_bound(examples.begin(), examples.end(), name), std::move(name));
  if (examples.size() > ClientOutlook::kExamples) examples.pop_back();
}

// "rhel-9-fips" without its version: "-rhel-fips". Profiles stand newest first.
std::string product_of(const ssh::ClientProfile& client) {
  std::string product;
  for (std::size_t at = 0; at < client.id.size();) {
    const auto part = client.id.substr(at, client.id.find('-', at) - at);
    if (!part.empty() && !is_digit(part.front())) (product += '-') += part;
    at += part.size() + 1;
  }
  return product;
}

}  // namespace

std::vector<const ClientLoss*> ClientOutlook::newest_losing() const {
  std::vector<const ClientLoss*> losing;
  std::set<std::string> seen;
  for (const auto& row : rows_)
    if (seen.insert(product_of(*row.client)).second && row.breaks > 0) losing.push_back(&row);
  std::ranges::stable_sort(losing, std::greater(), &ClientLoss::breaks);
  return losing;
}

const std::vector<Prospect>& ClientOutlook::prospects(const ServerFacts& server) {
  if (kinds_.size() >= kKinds) kinds_.clear();
  auto [at, fresh] = kinds_.try_emplace(offer_digest(server));
  if (fresh)
    for (const auto& row : rows_) at->second.push_back(prospect_of(*row.client, server));
  return at->second;
}

void ClientOutlook::add(const probe::HostResult& result) {
  const auto* attempt = result.decisive();
  if (!attempt || !attempt->evidence.kexinit) {
    ++untold_;
    return;
  }
  ++told_;
  if (rows_.empty())
    for (const auto& client : ssh::client_profiles()) rows_.push_back({.client = &client});
  const auto& kind = prospects(facts_of(attempt->evidence));
  for (std::size_t i = 0; i < rows_.size(); ++i) count(rows_[i], kind[i], result.target);
}

}  // namespace fleetscan::summary
