#pragma once
// A Report is what every output is rendered from.

#include <optional>
#include <string>
#include <vector>

#include "reports/records/diagnosis_record.h"
#include "reports/summary/certificate_census.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/host_table.h"
#include "reports/summary/key_census.h"
#include "reports/summary/known_failures.h"
#include "reports/summary/news.h"
#include "reports/summary/past.h"
#include "reports/summary/second_opinion.h"
#include "reports/summary/summary.h"

namespace fleetscan::summary {

/// A run, judged and explained. Every report is a pure function of this value, so that reports
/// rendered again from stored results are the same byte for byte.
struct Report {
  const Summary& summary;
  Gate gate;
  std::vector<HostRow> rows;
  std::vector<HostTable::Record> records;
  std::vector<CommonCause> findings;
  std::vector<SharedKey> shared_keys;
  std::optional<Past> past;
  const KnownFailures* known = nullptr;  ///< what the baseline accepts; null without one
  SecondOpinions doctors = {};           ///< what hosts say of the scan's causes
  std::vector<BadCertificate> bad_certificates = {};
  std::vector<std::string> fresh = {};  ///< failing targets that are news, in order of name

  [[nodiscard]] News news() const { return {past ? &*past : nullptr, known}; }
};

/// Judged, not yet explained: its rows, records and findings are empty.
/// @param summary  must outlive the report, and so must what the rules point to
[[nodiscard]] Report judge_run(const Summary& summary, std::optional<Past> past = {},
                               const GateRules& rules = {});

/// @param summary  must outlive the report.
[[nodiscard]] Report make_report(Summary& summary, std::optional<Past> past = {},
                                 const GateRules& rules = {});

/// Fills in what judge_run() left out. REQUIRES: the report is of this summary
void fill_in(Report& report, Summary& summary);

/// The last word on a failing host; nothing on a host that does not fail.
/// REQUIRES: the row is one of the report's
[[nodiscard]] std::optional<records::Diagnosis> diagnosis_of(const HostRow& row,
                                                             const Report& report);

}  // namespace fleetscan::summary
