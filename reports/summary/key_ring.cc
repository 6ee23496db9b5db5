#include "reports/summary/key_ring.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "inventory/target.h"
#include "reports/records/result_lines.h"
#include "reports/summary/proved_key.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035 section 2.3.4

/// What has no meaning of its own in known_hosts, in zones and in YAML: no pattern, no marker.
bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
  };
  return !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
         name.front() != '.' && std::ranges::all_of(name, plain);
}

void add_once(std::vector<std::string>& list, std::string name) {
  if (std::ranges::find(list, name) == list.end()) list.push_back(std::move(name));
}

/// "web.", "WEB" and "web" are looked up alike.
std::string as_looked_up(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return lower(name);
}

void add_names(HostKeys& host, const inventory::Target& target,
               const std::optional<Address>& address) {
  for (const auto& name : {target.lookup_name(), target.host}) {
    if (const auto literal = Address::parse(name))
      add_once(host.addresses, literal->to_string());
    else if (is_plain_name(as_looked_up(name)))
      add_once(host.names, as_looked_up(name));
  }
  if (address) add_once(host.addresses, address->to_string());
}

/// The key that the host showed, in the attempt that decided or in another one; null if none.
const probe::HostKey* shown_key(const probe::HostResult& result) {
  const auto proved = [](const probe::Attempt& attempt) {
    return attempt.evidence.host_key && attempt.evidence.host_key->verified;
  };
  const auto* decisive = result.decisive();
  if (decisive && proved(*decisive)) return &*decisive->evidence.host_key;
  const auto found = std::ranges::find_if(result.attempts, proved);
  return found == result.attempts.end() ? nullptr : &*found->evidence.host_key;
}

bool is_disputed(const probe::HostKey& key) {
  return key.known == probe::Known::changed || key.known == probe::Known::revoked;
}

void take(HostKeys& host, const probe::HostKey& recorded) {
  const auto same_type = [&](const auto& key) { return key.type == recorded.type; };
  if (is_disputed(recorded)) {
    host.missing.push_back(
        {recorded.type, std::string(probe::to_string(probe::Outcome::host_key_changed))});
    return;
  }
  auto proved = proved_key(recorded);
  if (auto* key = std::get_if<ProvedKey>(&proved)) {
    if (std::ranges::none_of(host.keys, same_type)) host.keys.push_back(std::move(*key));
  } else {
    host.missing.push_back({recorded.type, std::get<std::string>(proved)});
  }
}

HostKeys keys_of(const probe::HostResult& result) {
  HostKeys host{.target = result.target.name(),
                .names = {},
                .addresses = {},
                .port = result.target.port,
                .keys = {},
                .missing = {}};
  add_names(host, result.target, records::address_of(result));
  if (const auto* key = shown_key(result))
    take(host, *key);
  else if (result.outcome != probe::Outcome::skipped)
    host.missing.push_back({"", std::string(probe::to_string(result.outcome))});
  for (const auto& further : result.further_keys) {
    if (further.key && further.key->type == further.type)
      take(host, *further.key);
    else
      host.missing.push_back({further.type, std::string(probe::to_string(further.outcome))});
  }
  if (!host.keys.empty() && host.names.empty() && host.addresses.empty()) {
    host.keys.clear();
    host.missing.push_back({"", "its name is none that clients can look up"});
  }
  return host;
}

}  // namespace

void KeyRing::add(const probe::HostResult& result) {
  auto host = keys_of(result);
  const auto [place, is_new] = places_.try_emplace(host.target, hosts_.size());
  if (is_new)
    hosts_.push_back(std::move(host));
  else
    hosts_[place->second] = std::move(host);
}

std::size_t KeyRing::missing() const {
  std::size_t count = 0;
  for (const auto& host : hosts_) count += host.missing.size();
  return count;
}

}  // namespace fleetscan::summary
