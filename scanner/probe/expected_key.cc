#include "scanner/probe/expected_key.h"

#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/result.h"

namespace fleetscan::probe {
namespace {

Known known(inventory::KeyVerdict verdict) {
  switch (verdict) {
    case inventory::KeyVerdict::unknown: return Known::unknown;
    case inventory::KeyVerdict::match: return Known::match;
    case inventory::KeyVerdict::changed: return Known::changed;
    case inventory::KeyVerdict::revoked: return Known::revoked;
  }
  return Known::unknown;
}

}  // namespace

void hold_against(inventory::KnownHosts& known_hosts, const inventory::Target& target,
                  Attempt& attempt) {
  auto& key = attempt.evidence.host_key;
  if (!key || !key->verified) return;
  const auto& address = target.address ? target.address : attempt.evidence.address;
  key->known = known(known_hosts.check(target.host, address ? address->to_string() : target.host,
                                       target.port, key->type, key->sha256));
  if (key->known == Known::changed || key->known == Known::revoked)
    attempt.outcome = classify(attempt.evidence);
}

}  // namespace fleetscan::probe
