#include "reports/summary/prospect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/probe/evidence.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::summary {
namespace {

constexpr unsigned kShortRsa = 2048;
constexpr unsigned kSmallGroup = 2048;

bool is_rsa(std::string_view algorithm) {
  return algorithm.starts_with("ssh-rsa") || algorithm.starts_with("rsa-sha2-");
}

bool signs_with_sha1(std::string_view algorithm) {
  return algorithm == "ssh-rsa" || algorithm == "ssh-dss" ||
         algorithm.starts_with("ssh-rsa-cert") || algorithm.starts_with("ssh-dss-cert");
}

bool is_group_exchange(std::string_view method) {
  return method.starts_with("diffie-hellman-group-exchange-");
}

}  // namespace

std::string_view to_string(Doubt doubt) {
  switch (doubt) {
    case Doubt::no_post_quantum: return "no_post_quantum";
    case Doubt::sha1: return "sha1";
    case Doubt::short_rsa: return "short_rsa";
  }
  return "?";
}

bool Prospect::warns() const { return std::ranges::any_of(doubts, std::identity{}); }

std::string offer_digest(const ServerFacts& server) {
  std::string digest = fmt::format("{}{}", server.rsa_bits.value_or(0), server.small_group);
  for (const auto& list : server.offer.lists) {
    digest += '\n';  // in no name
    for (const auto& name : list) (digest += name) += ',';
  }
  return digest;
}

ServerFacts facts_of(const probe::Evidence& seen) {
  ServerFacts facts{*seen.kexinit};
  if (seen.host_key && is_rsa(seen.host_key->type)) facts.rsa_bits = seen.host_key->bits;
  facts.small_group = seen.slot == ssh::Slot::group_bits;
  return facts;
}

bool is_post_quantum(std::string_view method) {
  return method.starts_with("mlkem") || method.starts_with("sntrup");
}

Prospect prospect_of(const ssh::ClientProfile& client, const ServerFacts& server) {
  if (const auto slot = missing_slot(client, server.offer)) return {.breaks = slot};
  const auto method = ssh::first_common(client.kex, server.offer[ssh::Slot::kex]);
  const auto key = ssh::first_common(client.host_keys, server.offer[ssh::Slot::host_key]);
  const auto bits = is_rsa(key) ? server.rsa_bits : std::nullopt;
  if (bits && *bits < client.rsa_bits) return {.breaks = ssh::Slot::host_key_bits};
  if (server.small_group && is_group_exchange(method) && client.group_bits >= kSmallGroup)
    return {.breaks = ssh::Slot::group_bits};
  Prospect prospect;
  const auto doubt = [&](Doubt of, bool is) { prospect.doubts[static_cast<std::size_t>(of)] = is; };
  doubt(Doubt::no_post_quantum, !is_post_quantum(method));
  doubt(Doubt::sha1, method.ends_with("-sha1") || signs_with_sha1(key));
  doubt(Doubt::short_rsa, bits && *bits < kShortRsa);
  return prospect;
}

}  // namespace fleetscan::summary
