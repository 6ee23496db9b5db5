#include "reports/render/json_report.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/wall_time.h"
#include "reports/records/result_lines.h"
#include "reports/summary/bounded_tally.h"
#include "reports/summary/certificate_census.h"
#include "reports/summary/changes.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/key_census.h"
#include "reports/summary/known_failures.h"
#include "reports/summary/past.h"
#include "reports/summary/report.h"
#include "reports/summary/second_opinion.h"
#include "reports/summary/sshfp_census.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr probe::State kStates[] = {probe::State::reachable, probe::State::degraded,
                                    probe::State::unreachable, probe::State::unknown,
                                    probe::State::skipped};
constexpr probe::Phase kTimedPhases[] = {probe::Phase::resolve, probe::Phase::connect,
                                         probe::Phase::banner, probe::Phase::kexinit,
                                         probe::Phase::kex};

void write_states(JsonWriter& json, const summary::Tally& tally) {
  json.key("hosts").number(tally.hosts());
  for (const auto state : kStates) json.key(probe::to_string(state)).number(tally.in(state));
}

void write_classes(JsonWriter& json, const summary::Tally& tally) {
  json.key("classes").begin_object();
  for (const auto& [outcome, count] : tally.classes())
    json.key(probe::to_string(outcome)).number(count);
  json.end_object();
}

void write_tallies(JsonWriter& json, std::string_view key, const summary::BoundedTally& tallies) {
  json.key(key).begin_array();
  for (const auto& [name, tally] : tallies.entries()) {
    json.begin_object().key("name").string(name).key("hosts").number(tally.hosts());
    json.key("failing").number(tally.failing()).end_object();
  }
  json.end_array();
}

void write_phases(JsonWriter& json, const summary::Summary& summary) {
  json.key("phases").begin_object();
  for (std::size_t i = 0; i < summary::kPhases; ++i) {
    const auto& phase = summary.phases[i];
    json.key(probe::to_string(kTimedPhases[i])).begin_object().key("count").number(phase.count());
    json.key("min_ms").milliseconds(phase.min());
    json.key("p50_ms").milliseconds(phase.at(0.5)).key("p90_ms").milliseconds(phase.at(0.9));
    json.key("p99_ms").milliseconds(phase.at(0.99)).key("max_ms").milliseconds(phase.max());
    json.end_object();
  }
  json.end_object();
}

void write_summary(JsonWriter& json, const summary::Report& report) {
  const auto& summary = report.summary;
  json.key("summary").begin_object();
  write_states(json, summary.total);
  json.key("missing").number(summary.missing()).key("retried").number(summary.retried);
  write_classes(json, summary.total);
  write_phases(json, summary);
  write_tallies(json, "software", summary.software);
  write_tallies(json, "host_key_types", summary.key_types);
  json.end_object();
}

void write_gate(JsonWriter& json, const summary::Gate& gate) {
  json.key("gate").begin_array();
  for (const auto& each : gate.criteria) {
    json.begin_object().key("condition").string(each.condition.text);
    json.key("value").string(each.value).key("verdict").string(summary::to_string(each.verdict));
    json.end_object();
  }
  json.end_array().key("known");
  gate.known ? json.number(*gate.known) : json.null();
}

/// What is new stands before what is so.
void write_changes(JsonWriter& json, const summary::Report& report) {
  static const summary::Past kNoPast;
  const auto& past = report.past ? *report.past : kNoPast;
  for (const auto& change : summary::changes(past, report.fresh))
    json.key(change.key).strings(*change.names);
  std::vector<std::string> accepted;
  if (report.known)
    for (const auto& [target, why] : report.known->targets) accepted.push_back(target);
  std::ranges::sort(accepted);
  json.key("accepted").strings(accepted);
}

void write_finding(JsonWriter& json, const summary::CommonCause& finding) {
  json.begin_object()
      .key("kind")
      .string(summary::to_string(finding.kind))
      .key("what")
      .string(finding.what);
  if (!finding.with.empty()) json.key("with").string(finding.with);
  if (!finding.only_from.empty()) json.key("only_from").string(finding.only_from);
  json.key("class").string(probe::to_string(finding.outcome));
  json.key("mixed").boolean(finding.mixed);
  json.key("failing").number(finding.tally.hosts()).key("hosts").number(finding.hosts);
  write_classes(json, finding.tally);
  json.key("cause");
  finding.cause.empty() ? json.null() : json.string(finding.cause);
  json.key("cause_hosts").number(finding.cause_hosts);
  json.key("because");
  finding.because.empty() ? json.null() : json.string(finding.because);
  json.key("remedy").string(finding.remedy);
  json.key("new").number(finding.fresh).key("accepted").number(finding.accepted).key("since");
  finding.since ? json.string(to_rfc3339(*finding.since)) : json.null();
  json.key("examples").strings(finding.examples);
  json.key("counter_examples").strings(finding.counter_examples);
  json.end_object();
}

void write_shared_keys(JsonWriter& json, const std::vector<summary::SharedKey>& keys) {
  constexpr std::size_t kMaxKeys = 1000;
  json.key("shared_host_keys").begin_array();
  for (std::size_t i = 0; i < std::min(keys.size(), kMaxKeys); ++i) {
    json.begin_object().key("type").string(keys[i].type).key("sha256").string(keys[i].sha256);
    json.key("hosts").number(keys[i].hosts);
    json.key("examples").strings(keys[i].examples);
    json.end_object();
  }
  json.end_array();
}

void write_cause(JsonWriter& json, std::optional<diagnosis::CauseId> cause) {
  cause ? json.string(diagnosis::to_string(*cause)) : json.null();
}

/// Only where there are records of fleetscan doctor.
void write_doctors(JsonWriter& json, const summary::SecondOpinions& doctors) {
  if (doctors.opinions.empty() && doctors.strangers.empty()) return;
  json.key("doctors").begin_array();
  for (const auto& opinion : doctors.opinions) {
    json.begin_object().key("target").string(opinion.target);
    json.key("class").string(probe::to_string(opinion.outcome)).key("scan");
    write_cause(json, opinion.scan);
    json.key("host");
    write_cause(json, opinion.host);
    json.key("joint");
    write_cause(json, opinion.joint());
    json.key("standing").string(summary::to_string(opinion.standing));
    json.key("contradiction").boolean(opinion.contradiction());
    json.key("evidence").string(opinion.evidence).key("fix").string(opinion.fix).end_object();
  }
  json.end_array().key("doctors_unmatched").strings(doctors.strangers);
}

void write_certificates(JsonWriter& json, const summary::Report& report) {
  constexpr std::size_t kMaxBad = 1000;
  const auto& all = report.summary.certificates;
  const auto first = all.first_to_expire();
  json.key("certificates").begin_object().key("hosts").number(all.hosts());
  json.key("first_expires").optional(first, [&](const auto& f) { json.number(f.seconds); });
  json.key("first_target").optional(first, [&](const auto& f) { json.string(f.target); });
  json.key("faulty").number(report.bad_certificates.size()).key("bad").begin_array();
  for (std::size_t i = 0; i < std::min(report.bad_certificates.size(), kMaxBad); ++i) {
    const auto& [target, fault] = report.bad_certificates[i];
    json.begin_object().key("target").string(target);
    json.key("fault").word(summary::to_string(fault)).end_object();
  }
  json.end_array().end_object();
}

/// Left out where the DNS was not asked.
void write_sshfp(JsonWriter& json, const summary::SshfpCensus& census) {
  constexpr std::size_t kMaxDiffering = 1000;
  if (census.hosts() == 0) return;
  json.key("sshfp").begin_object().key("hosts").number(census.hosts());
  json.key("matching").number(census.matching).key("sha1_only").number(census.sha1_only);
  json.key("claimed").number(census.claimed).key("validated").number(census.validated);
  json.key("missing").number(census.missing).key("unanswered").number(census.unanswered);
  json.key("mismatches").number(census.differing.size()).key("differing").begin_array();
  for (std::size_t i = 0; i < std::min(census.differing.size(), kMaxDiffering); ++i)
    json.string(census.differing[i]);
  json.end_array().end_object();
}

void write_subnets(JsonWriter& json, const summary::Summary& summary) {
  json.key("subnets").begin_array();
  for (const auto& [prefix, tally] : summary.subnets.at_length({})) {
    json.begin_object().key("prefix").string(prefix.to_string());
    write_states(json, tally);
    write_classes(json, tally);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string json_report(const summary::Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("schema").string(kReportSchema).key("run").begin_object();
  records::write_members(json, report.summary.run);
  json.key("complete").boolean(report.summary.complete()).key("duration_s");
  json.thousandths(report.summary.duration().count()).end_object();
  json.key("verdict").string(summary::to_string(report.gate.verdict));
  json.key("reason").string(report.gate.reason);
  write_gate(json, report.gate);
  write_changes(json, report);
  write_summary(json, report);
  if (!report.summary.vantage_ends.empty())
    records::write_vantages(json, report.summary.vantage_ends);
  json.key("findings").begin_array();
  for (const auto& finding : report.findings) write_finding(json, finding);
  json.end_array();
  write_subnets(json, report.summary);
  write_shared_keys(json, report.shared_keys);
  write_doctors(json, report.doctors);
  write_certificates(json, report);
  write_sshfp(json, report.summary.sshfp);
  json.key("hosts").begin_array();
  for (const auto& record : report.records) json.raw(record.line);
  json.end_array().end_object();
  out += '\n';
  return out;
}

}  // namespace fleetscan::render
