#include "reports/summary/second_opinion.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "reports/records/doctor_record.h"
#include "reports/summary/host_table.h"
#include "reports/summary/patients.h"
#include "scanner/diagnosis/causes.h"

namespace fleetscan::summary {
namespace {

/// Rows by name and port, and by address and port; of several the first.
class Index {
 public:
  explicit Index(const std::vector<HostRow>& rows) {
    for (const auto& row : rows) {
      by_name_.emplace(host_and_port(row.host, row.port), &row);
      if (row.address) by_address_.emplace(host_and_port(row.address->to_string(), row.port), &row);
    }
  }

  [[nodiscard]] const HostRow* find(const records::DoctorRecord& record) const {
    const auto named = by_name_.find(host_and_port(record.host, record.port));
    if (named != by_name_.end()) return named->second;
    if (!record.address) return nullptr;
    const auto there = by_address_.find(host_and_port(record.address->to_string(), record.port));
    return there == by_address_.end() ? nullptr : there->second;
  }

 private:
  std::map<std::string, const HostRow*> by_name_, by_address_;
};

/// Whether the host has the whole of that cause in sight.
bool is_in_sight(diagnosis::CauseId cause) {
  const auto seat = diagnosis::row(cause).seat;
  return seat == diagnosis::Seat::host || seat == diagnosis::Seat::policy;
}

/// A host that was up before we came was not off.
bool was_up(const records::DoctorRecord& record, const Patients::Seen& seen) {
  return record.up_since && seen.tried && *record.up_since < *seen.tried;
}

/// The likeliest of the causes that the host does not rule out.
std::optional<diagnosis::CauseId> left_of(const Patients::Seen& seen,
                                          const records::DoctorRecord& record) {
  const auto left = std::ranges::find_if(seen.causes, [&](diagnosis::CauseId cause) {
    if (cause == diagnosis::CauseId::host_off) return !was_up(record, seen);
    return !is_in_sight(cause) ||
           std::ranges::find(record.excluded, cause) == record.excluded.end();
  });
  return left == seen.causes.end() ? std::nullopt : std::optional(*left);
}

Standing stand(const SecondOpinion& opinion) {
  if (opinion.scan && opinion.host == opinion.scan) return Standing::confirmed;
  return opinion.host || opinion.left != opinion.scan ? Standing::refuted : Standing::undecided;
}

/// The likeliest in the light of the rest of the run comes first.
Patients::Seen seen_of(const HostRow& row) {
  Patients::Seen seen{row.target(), row.outcome, {}, row.tried};
  const auto first = row.cause ? diagnosis::parse_cause(*row.cause) : std::nullopt;
  if (first) seen.causes.push_back(*first);
  for (const auto& likely : row.causes)
    if (likely.cause != first) seen.causes.push_back(likely.cause);
  return seen;
}

SecondOpinion join(const records::DoctorRecord& record, const Patients::Seen& seen) {
  SecondOpinion opinion;
  opinion.target = seen.target;
  opinion.outcome = seen.outcome;
  if (!seen.causes.empty()) opinion.scan = seen.causes.front();
  opinion.left = left_of(seen, record);
  if (const auto* named = record.named()) {
    opinion.host = named->cause;
    opinion.evidence = named->evidence;
    opinion.fix = named->fix;
  }
  opinion.standing = stand(opinion);
  return opinion;
}

}  // namespace

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::confirmed: return "confirmed";
    case Standing::refuted: return "refuted";
    case Standing::undecided: return "undecided";
  }
  return "?";
}

std::string SecondOpinion::sentence() const {
  if (!scan)
    return host ? fmt::format("the scan names no cause, the host names {}", to_string(*host))
                : "neither the scan nor the host names a cause";
  const auto seen = to_string(*scan);
  switch (standing) {
    case Standing::confirmed: return fmt::format("{}: the host confirms it", seen);
    case Standing::refuted:
      if (host)
        return fmt::format("contradiction: the scan says {}, the host says {}", seen,
                           to_string(*host));
      return fmt::format("{}: the host rules it out; look at the path{}", seen,
                         left ? fmt::format(", for {}", to_string(*left)) : "");
    case Standing::undecided:
      return fmt::format("{}: nothing on the host explains it; look at the path", seen);
  }
  return {};
}

SecondOpinions second_opinions(const Patients& patients, const std::vector<HostRow>& rows) {
  const Index index(rows);
  SecondOpinions joined;
  for (const auto& record : patients.records()) {
    if (const auto* row = index.find(record))
      joined.opinions.push_back(join(record, seen_of(*row)));
    else if (const auto* seen = patients.seen(record))
      joined.opinions.push_back(join(record, *seen));
    else
      joined.strangers.push_back(host_and_port(record.host, record.port));
  }
  return joined;
}

}  // namespace fleetscan::summary
