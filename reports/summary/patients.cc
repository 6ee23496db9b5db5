#include "reports/summary/patients.h"

#include <string>
#include <utility>

#include "base/address.h"
#include "reports/records/doctor_record.h"
#include "reports/records/result_lines.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/neighborhood.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

void Patients::add(records::DoctorRecord record) {
  seen_.try_emplace(host_and_port(record.host, record.port));
  if (record.address) seen_.try_emplace(host_and_port(record.address->to_string(), record.port));
  records_.push_back(std::move(record));
}

void Patients::see(const probe::HostResult& result) {
  if (seen_.empty()) return;
  const auto& target = result.target;
  const auto address = records::address_of(result);
  for (const auto& name : {target.host, address ? address->to_string() : std::string()}) {
    const auto found = seen_.find(host_and_port(name, target.port));
    if (found == seen_.end() || found->second) continue;
    Seen seen{target.name(), result.outcome, {}, diagnosis::whereabouts(result).tried};
    for (const auto& cause : result.causes)
      if (const auto id = diagnosis::parse_cause(cause.name)) seen.causes.push_back(*id);
    found->second = std::move(seen);
  }
}

const Patients::Seen* Patients::seen(const records::DoctorRecord& record) const {
  const auto look_up = [&](const std::string& host) -> const Seen* {
    const auto found = seen_.find(host_and_port(host, record.port));
    return found == seen_.end() || !found->second ? nullptr : &*found->second;
  };
  if (const auto* named = look_up(record.host)) return named;
  return record.address ? look_up(record.address->to_string()) : nullptr;
}

}  // namespace fleetscan::summary
