#pragma once
// CertificateCensus holds the host certificates of a run against its time, the hosts' names and the
// authorities that the user trusts (OpenSSH's PROTOCOL.certkeys).

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

/// Fingerprints of the authorities' keys, "SHA256:..."; empty: any authority will do.
using Authorities = std::set<std::string>;

enum class CertificateFault : std::uint8_t {
  expired,
  not_yet_valid,
  wrong_name,         ///< none of its principals is a name or the address of the host
  unknown_authority,  ///< not one of the user's
};
[[nodiscard]] std::string_view to_string(CertificateFault fault);

struct BadCertificate {
  std::string target;  ///< raw
  CertificateFault fault = CertificateFault::expired;

  bool operator==(const BadCertificate&) const = default;
};

/// Who is first to have a certificate that is out of date.
struct FirstToExpire {
  std::string target;         ///< raw
  std::uint64_t seconds = 0;  ///< since 1970

  /// Whole days left at `now`; 0 if it is past.
  [[nodiscard]] std::uint64_t days(WallTime now) const;
};

/// Takes some 200 bytes for each host that showed a certificate, and nothing for the others.
class CertificateCensus {
 public:
  void add(const probe::HostResult& result);

  [[nodiscard]] std::uint64_t hosts() const { return entries_.size(); }
  /// Nothing if no certificate ends.
  [[nodiscard]] std::optional<FirstToExpire> first_to_expire() const;
  /// In order of the records; a host has one fault, the first that applies.
  [[nodiscard]] std::vector<BadCertificate> faults(const Authorities& authorities,
                                                   WallTime now) const;

 private:
  struct Entry {
    std::string target;
    std::string authority;
    std::uint64_t valid_after;
    std::optional<std::uint64_t> valid_before;
    bool named;  ///< the certificate is for the host
  };

  std::vector<Entry> entries_;
};

}  // namespace fleetscan::summary
