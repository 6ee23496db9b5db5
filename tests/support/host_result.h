#pragma once
// Results as tests need them: one line each.

#include <string>
#include <utility>

#include "scanner/probe/result.h"

namespace fleetscan::test {

struct Said {
  std::string key = {};    ///< the host key's fingerprint without "SHA256:"; "" = none seen
  std::string ident = {};  ///< "" = none seen
  std::string address = {};
  inventory::Labels labels = {};
};

inline probe::HostResult host_result(const std::string& host, probe::Outcome outcome,
                                     const Said& said = {}) {
  probe::HostResult result;
  result.target.host = host;
  result.target.address = Address::parse(said.address);
  if (!said.labels.empty())
    result.target.labels = std::make_shared<const inventory::Labels>(said.labels);
  result.outcome = outcome;
  probe::Attempt attempt;
  attempt.outcome = outcome;
  if (!said.key.empty())
    attempt.evidence.host_key = probe::HostKey{"ssh-ed25519", "SHA256:" + said.key, true};
  if (!said.ident.empty()) attempt.evidence.ident_line = said.ident;
  if (outcome != probe::Outcome::not_probed && outcome != probe::Outcome::skipped)
    result.attempts.push_back(std::move(attempt));
  return result;
}

/// Night number `night` of a nightly scan.
inline probe::RunInfo nightly_run(std::uint64_t night, std::uint64_t targets,
                                  const std::string& vantage = "fra1") {
  probe::RunInfo run;
  run.run_id = vantage + "-" + std::to_string(night);
  run.tool = "0.1.0";
  run.vantage = vantage;
  run.targets = targets;
  run.started = WallTime(std::chrono::hours(24 * (20'000 + night)));
  return run;
}

}  // namespace fleetscan::test
