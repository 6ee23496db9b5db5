#include "reports/summary/summary.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>

#include "reports/records/result_lines.h"
#include "scanner/diagnosis/joint_verdict.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/software.h"

namespace fleetscan::summary {

void Summary::begin(const probe::RunInfo& info) {
  if (runs_++ == 0) {
    run = info;
    timeline.begin(info.started);
    return;
  }
  run.started = std::min(run.started, info.started);
  run.targets += info.targets;
  run.shard.reset();
  for (const auto& source : info.sources)
    if (std::ranges::find(run.sources, source) == run.sources.end()) run.sources.push_back(source);
  for (const auto& vantage : info.vantages)
    if (std::ranges::find(run.vantages, vantage) == run.vantages.end() &&
        run.vantages.size() < probe::kMostVantages)
      run.vantages.push_back(vantage);
}

void Summary::add(const probe::HostResult& result) {
  total.add(result.outcome);
  hosts.add(result);
  doctors.see(result);
  neighbors.add(result);
  if (result.target.labels)
    for (const auto& [key, value] : *result.target.labels)
      labels.add(key + '=' + value, result.outcome);
  if (!result.vantage.empty()) vantages.add(result.vantage, result.outcome);
  for (const auto& view : result.views) vantages.add(view.vantage, view.outcome);
  if (diagnosis::reach(result.views) == diagnosis::Reach::some) ++partial;
  if (probe::is_reached(result.outcome) && diagnosis::is_open(result.views)) ++open;
  if (!result.note.empty()) notes.add(result.note, result.outcome);
  if (result.resolve) phases[0].add(*result.resolve);
  for (const auto& attempt : result.attempts) timeline.add(attempt);
  if (result.attempts.size() > 1) ++retried;

  const auto* decided = result.decisive();
  const auto* seen = decided ? &decided->evidence : nullptr;
  if (const auto address = records::address_of(result)) subnets.add(*address, result.outcome);
  certificates.add(result);
  sshfp.add(result);
  outlook.add(result);
  for (const auto& further : result.further_keys)
    if (further.key) keys.add(*further.key);
  if (!seen) return;
  const std::optional<Micros> times[] = {seen->ms.connect, seen->ms.banner, seen->ms.kexinit,
                                         seen->ms.kex};
  for (std::size_t i = 0; i < std::size(times); ++i)
    if (times[i]) phases[i + 1].add(*times[i]);
  if (seen->ident_line) {
    software.add(ssh::software_of(*seen->ident_line), result.outcome);
    idents.add(*seen->ident_line, result.outcome);
  }
  if (seen->host_key) {
    key_types.add(seen->host_key->type, result.outcome);
    keys.add(*seen->host_key);
    if (!seen->host_key->verified) ++keys_unverified;
  }
}

void Summary::end(const probe::RunEnd& end) {
  ++ends_;
  all_complete_ = all_complete_ && end.complete;
  duration_ = std::max(duration_, end.duration);
  if (!canaries.all_failed()) canaries = end.canaries;
  neighbors.set_canaries(canaries);
  for (const auto& vantage : end.vantages)
    if (vantage_ends.size() < 2 * probe::kMostVantages) vantage_ends.push_back(vantage);
}

}  // namespace fleetscan::summary
