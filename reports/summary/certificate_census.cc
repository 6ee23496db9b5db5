#include "reports/summary/certificate_census.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "base/clock.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {
namespace {

constexpr std::uint64_t kDay = 86400;
constexpr std::size_t kMostListed = 16;  // principals in a record

std::uint64_t seconds(WallTime time) {
  const auto since = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<decltype(since)>(since, 0));
}

/// As ssh compares them. A certificate without principals is for every host, and one whose list was
/// cut short is given the benefit of the doubt.
bool is_for(const probe::HostCertificate& certificate, const probe::HostResult& result,
            const probe::Evidence& seen) {
  const auto& listed = certificate.principals;
  if (listed.empty() || listed.size() >= kMostListed) return true;
  std::vector<std::string> names{lower(result.target.host), lower(result.target.lookup_name())};
  if (seen.address) names.push_back(seen.address->to_string());
  return std::ranges::any_of(
      listed, [&](const auto& name) { return std::ranges::count(names, lower(name)) > 0; });
}

}  // namespace

std::string_view to_string(CertificateFault fault) {
  switch (fault) {
    case CertificateFault::expired: return "expired";
    case CertificateFault::not_yet_valid: return "not_yet_valid";
    case CertificateFault::wrong_name: return "wrong_name";
    case CertificateFault::unknown_authority: return "unknown_authority";
  }
  return "?";
}

std::uint64_t FirstToExpire::days(WallTime now) const {
  const auto at = summary::seconds(now);
  return seconds > at ? (seconds - at) / kDay : 0;
}

void CertificateCensus::add(const probe::HostResult& result) {
  const auto* decisive = result.decisive();
  if (!decisive || !decisive->evidence.host_key || !decisive->evidence.host_key->certificate)
    return;
  const auto& certificate = *decisive->evidence.host_key->certificate;
  entries_.push_back({result.target.name(), certificate.authority, certificate.valid_after,
                      certificate.valid_before, is_for(certificate, result, decisive->evidence)});
}

std::optional<FirstToExpire> CertificateCensus::first_to_expire() const {
  std::optional<FirstToExpire> first;
  for (const auto& entry : entries_)
    if (entry.valid_before && (!first || *entry.valid_before < first->seconds))
      first = {entry.target, *entry.valid_before};
  return first;
}

std::vector<BadCertificate> CertificateCensus::faults(const Authorities& authorities,
                                                      WallTime now) const {
  const auto at = seconds(now);
  std::vector<BadCertificate> found;
  for (const auto& entry : entries_) {
    if (entry.valid_before && *entry.valid_before <= at)
      found.push_back({entry.target, CertificateFault::expired});
    else if (entry.valid_after > at)
      found.push_back({entry.target, CertificateFault::not_yet_valid});
    else if (!entry.named)
      found.push_back({entry.target, CertificateFault::wrong_name});
    else if (!authorities.empty() && !authorities.contains(entry.authority))
      found.push_back({entry.target, CertificateFault::unknown_authority});
  }
  return found;
}

}  // namespace fleetscan::summary
