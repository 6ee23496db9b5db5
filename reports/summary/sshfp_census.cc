#include "reports/summary/sshfp_census.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {
namespace {

const probe::Publication* published(const std::optional<probe::HostKey>& key) {
  return key && key->published ? &*key->published : nullptr;
}

bool differs(const std::optional<probe::HostKey>& key) {
  const auto* said = published(key);
  return said && said->verdict == probe::Published::mismatch;
}

bool any_differs(const probe::HostResult& result) {
  for (const auto& further : result.further_keys)
    if (differs(further.key)) return true;
  return differs(result.decisive()->evidence.host_key);
}

}  // namespace

void SshfpCensus::add(const probe::HostResult& result) {
  const auto* decisive = result.decisive();
  const auto* said = decisive ? published(decisive->evidence.host_key) : nullptr;
  if (!said) return;
  if (any_differs(result)) return differing.push_back(result.target.name());
  switch (said->verdict) {
    case probe::Published::mismatch: return;
    case probe::Published::failed: ++unanswered; return;
    case probe::Published::none:
    case probe::Published::unlisted: ++missing; return;
    case probe::Published::match: break;
  }
  ++matching;
  if (said->sha1_only) ++sha1_only;
  if (said->dnssec == probe::Dnssec::claimed) ++claimed;
  if (said->dnssec == probe::Dnssec::validated) ++validated;
}

std::string sshfp_words(const SshfpCensus& census) {
  auto words = grouped(census.matching) + (census.matching == 1 ? " matches" : " match");
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) (((words += ", ") += grouped(count)) += ' ') += what;
  };
  add(census.sha1_only, "of them by SHA-1 alone");
  add(census.validated, "of them validated");
  add(census.claimed, "of them validated elsewhere, says the resolver");
  add(census.differing.size(), census.differing.size() == 1 ? "differs" : "differ");
  add(census.missing, "without a record for the key");
  add(census.unanswered, "not answered");
  return words;
}

}  // namespace fleetscan::summary
