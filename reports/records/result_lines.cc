#include "reports/records/result_lines.h"

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/escape.h"
#include "base/json_writer.h"
#include "base/wall_time.h"
#include "inventory/share.h"
#include "reports/records/diagnosis_record.h"
#include "reports/records/record_names.h"
#include "scanner/diagnosis/joint_verdict.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::records {
namespace {

void write_text(JsonWriter& json, const std::string& raw) {
  raw.empty() ? json.null() : json.string(raw);
}

template <std::size_t... I>
void write_each(JsonWriter& json, const probe::PhaseTimes& times, std::index_sequence<I...>) {
  (json.key(kPhaseTimes[I].first).optional(times.*kPhaseTimes[I].second), ...);
}

// Written out at compile time, since each host has two of them.
void write_times(JsonWriter& json, const probe::PhaseTimes& times) {
  json.begin_object();
  write_each(json, times, std::make_index_sequence<std::size(kPhaseTimes)>());
  json.end_object();
}

void write_kexinit(JsonWriter& json, const ssh::Kexinit& kexinit) {
  json.begin_object();
  for (std::size_t i = 0; i < ssh::kSlots; ++i) {
    json.key(kSlotNames.names[i]).begin_array();
    for (const auto& name : kexinit.lists[i]) json.string(name);
    json.end_array();
  }
  json.key("strict_kex").boolean(kexinit.strict_kex());
  json.key("first_kex_packet_follows").boolean(kexinit.first_kex_packet_follows).end_object();
}

void write_blob(JsonWriter& json, const std::string& blob) {
  json.key("blob");
  blob.empty() ? json.null() : json.word(encode_base64(blob));
}

void write_certificate(JsonWriter& json, const probe::HostCertificate& certificate) {
  json.begin_object().key("authority").string(certificate.authority);
  json.key("principals").begin_array();
  for (const auto& name : certificate.principals) json.string(name);
  json.end_array().key("valid_after").number(certificate.valid_after);
  json.key("valid_before").optional(certificate.valid_before, [&](auto t) { json.number(t); });
  write_blob(json, certificate.blob);
  json.end_object();
}

/// Left out where the DNS was not asked, as in most scans.
void write_publication(JsonWriter& json, const std::optional<probe::Publication>& published) {
  if (!published) return;
  json.key("sshfp").begin_object().key("verdict").word(kPublished[published->verdict]);
  json.key("dnssec").word(kDnssec[published->dnssec]);
  json.key("sha1_only").boolean(published->sha1_only).end_object();
}

void write_host_key(JsonWriter& json, const probe::HostKey& key) {
  json.begin_object().key("type").string(key.type).key("sha256").string(key.sha256);
  json.key("verified").boolean(key.verified).key("known").word(kKnowns[key.known]);
  json.key("bits").optional(key.bits, [&](auto bits) { json.number(bits); });
  json.key("certificate");
  json.optional(key.certificate, [&](const auto& c) { write_certificate(json, c); });
  write_blob(json, key.blob);
  write_publication(json, key.published);
  json.end_object();
}

/// Left out where none was asked for, as in most scans.
void write_further_keys(JsonWriter& json, const std::vector<probe::FurtherKey>& keys) {
  if (keys.empty()) return;
  json.key("further_keys").begin_array();
  for (const auto& further : keys) {
    json.begin_object().key("type").string(further.type);
    json.key("class").word(probe::to_string(further.outcome));
    json.key("host_key").optional(further.key, [&](const auto& k) { write_host_key(json, k); });
    json.end_object();
  }
  json.end_array();
}

void write_disconnect(JsonWriter& json, const ssh::Disconnect& disconnect) {
  json.begin_object().key("reason").number(disconnect.reason);
  json.key("text").string(disconnect.text).key("text_hex");
  is_utf8(disconnect.text) ? json.null() : json.hex(disconnect.text);
  json.end_object();
}

void write_tcp_info(JsonWriter& json, const probe::TcpInfo& info) {
  json.begin_object().key("state").number(info.state).key("segs_in").number(info.segs_in);
  json.key("unacked").number(info.unacked).key("retrans").number(info.retrans);
  json.key("rcv_ooopack").number(info.rcv_ooopack).key("bytes_acked").number(info.bytes_acked);
  json.key("snd_mss").number(info.snd_mss).key("pmtu").number(info.pmtu);
  json.key("rtt_us").number(info.rtt_us).end_object();
}

void write_icmp(JsonWriter& json, const probe::IcmpError& icmp) {
  json.begin_object().key("type").number(icmp.type).key("code").number(icmp.code);
  json.key("from").string(icmp.from.to_string()).end_object();
}

/// What the server said about itself: of the attempt that decided in the host's own members, of
/// another one in its `saw`.
void write_seen(JsonWriter& json, const probe::Evidence& seen) {
  json.key("ident").optional(seen.ident_line).key("ident_hex");
  const bool lossy = seen.ident_line && !is_utf8(*seen.ident_line);
  lossy ? json.hex(*seen.ident_line) : json.null();
  json.key("kexinit").optional(seen.kexinit, [&](const auto& k) { write_kexinit(json, k); });
  json.key("host_key").optional(seen.host_key, [&](const auto& k) { write_host_key(json, k); });
}

void write_service_and_slot(JsonWriter& json, const probe::Evidence& seen) {
  json.key("service").optional(seen.service);
  json.key("slot").optional(seen.slot, [&](ssh::Slot slot) { json.word(kSlotNames[slot]); });
}

bool saw_anything(const probe::Evidence& seen) {
  return seen.ident_line || seen.kexinit || seen.host_key || seen.service || seen.slot;
}

void write_attempt(JsonWriter& json, const probe::Attempt& attempt,
                   const std::optional<Address>& of_host, bool decided) {
  const auto& seen = attempt.evidence;
  json.begin_object().key("class").word(probe::to_string(attempt.outcome));
  const auto started = rfc3339(seen.started);
  json.key("phase").word(probe::to_string(seen.phase));
  json.key("started").word({started.data(), started.size()});
  json.key("ms");
  write_times(json, seen.ms);
  json.key("errno");
  seen.error == 0 ? json.null() : json.number(seen.error);
  json.key("close").word(kCloses[seen.close]).key("bytes_in").number(seen.bytes_in);
  json.key("text");
  write_text(json, seen.text);
  json.key("bytes_hex");  // a server that was reached is told by its ident and its KEXINIT
  seen.head.empty() || seen.phase == probe::Phase::done ? json.null() : json.hex(seen.head);
  json.key("disconnect").optional(seen.disconnect, [&](auto& d) { write_disconnect(json, d); });
  json.key("tcp_info").optional(seen.tcp_info, [&](auto& info) { write_tcp_info(json, info); });
  if (seen.icmp) {
    json.key("icmp");
    write_icmp(json, *seen.icmp);
  }
  json.key("finding").word(kFindings[seen.finding]).key("origin").word(kOrigins[seen.origin]);
  json.key("closed_after_ms").optional(seen.closed_after);
  json.key("elapsed_ms").optional(seen.elapsed);
  if (seen.proxy) json.key("proxy").word(kAnswers[*seen.proxy]);
  if (seen.proxy && seen.ms.proxy) json.key("proxy_ms").optional(seen.ms.proxy);
  if (seen.lateness > Micros{0}) json.key("late_ms").optional(std::optional{seen.lateness});
  if (seen.bytes_out > 0) json.key("bytes_out").number(seen.bytes_out);
  if (!seen.method.empty()) json.key("method").string(seen.method);
  if (!seen.key_algorithm.empty()) json.key("key_type").string(seen.key_algorithm);
  if (seen.unsent > 0) json.key("unsent").number(seen.unsent);
  json.key("flags").begin_array();
  for (const auto& [name, member] : kFlags)
    if (seen.*member) json.word(name);
  json.end_array();
  if (seen.address && seen.address != of_host)
    json.key("address").string(seen.address->to_string());
  if (!decided && saw_anything(seen)) {
    json.key("saw").begin_object();
    write_seen(json, seen);
    write_service_and_slot(json, seen);
    json.end_object();
  }
  json.end_object();
}

void write_causes(JsonWriter& json, const std::vector<probe::Cause>& causes) {
  json.begin_array();
  for (const auto& cause : causes) {
    json.begin_object().key("cause").string(cause.name).key("confidence").number(cause.confidence);
    json.key("because").begin_array();
    for (const auto& sentence : cause.because) json.string(sentence);
    json.end_array().end_object();
  }
  json.end_array();
}

void write_finding(JsonWriter& json, const std::optional<FindingName>& finding) {
  json.key("finding").optional(finding, [&](const FindingName& name) {
    json.begin_object().key("kind").string(name.kind).key("what").string(name.what);
    if (!name.with.empty()) json.key("with").string(name.with);
    json.key("class").word(probe::to_string(name.outcome)).end_object();
  });
}

void write_shard(JsonWriter& json, const std::optional<inventory::ShardChoice>& shard) {
  json.key("shard").optional(shard, [&](const inventory::ShardChoice& s) {
    json.begin_object().key("index").number(s.index).key("count").number(s.count).end_object();
  });
}

void write_parts(JsonWriter& json, const std::vector<probe::RunPart>& parts) {
  json.key("parts").begin_array();
  for (const auto& part : parts) {
    json.begin_object().key("run_id").string(part.run_id);
    json.key("started").word(to_rfc3339(part.started));
    write_shard(json, part.shard);
    json.key("targets").number(part.targets).key("complete").boolean(part.complete);
    json.key("duration_s").thousandths(part.duration.count()).end_object();
  }
  json.end_array();
}

void write_views(JsonWriter& json, const std::vector<probe::View>& views) {
  json.key("views").begin_array();
  for (const auto& view : views) {
    json.begin_object().key("vantage").string(view.vantage);
    json.key("state").word(probe::to_string(probe::state_of(view.outcome)));
    json.key("class").word(probe::to_string(view.outcome));
    json.key("phase").optional(view.phase, [&](probe::Phase p) { json.word(probe::to_string(p)); });
    json.key("cause");
    write_text(json, view.cause);
    json.end_object();
  }
  json.end_array();
}

void write_members(JsonWriter& json, const probe::HostResult& result) {
  static const probe::Evidence kNothingSeen;
  const auto& target = result.target;
  const auto* decided = result.decisive();
  const auto& seen = decided ? decided->evidence : kNothingSeen;
  const auto address = seen.address ? seen.address : target.address;
  probe::PhaseTimes times = seen.ms;
  times.resolve = result.resolve;

  json.key("type").word("host").key("target").string(target.name());
  json.key("host").string(target.host).key("port").number(target.port);
  json.key("address").optional(address, [&](auto& a) { json.string(a.to_string()); });
  if (!target.lookup.empty()) json.key("lookup").string(target.lookup);
  json.key("source");
  write_text(json, target.source);
  json.key("labels").begin_object();
  if (target.labels)
    for (const auto& [key, value] : *target.labels) json.foreign_key(key).string(value);
  json.end_object().key("state").word(probe::to_string(result.state()));
  json.key("class").word(probe::to_string(result.outcome));
  json.key("phase").optional(phase_of(result),
                             [&](probe::Phase p) { json.word(probe::to_string(p)); });
  write_service_and_slot(json, seen);
  json.key("ms");
  write_times(json, times);
  write_seen(json, seen);
  write_further_keys(json, result.further_keys);
  json.key("attempts").begin_array();
  for (const auto& attempt : result.attempts)
    write_attempt(json, attempt, address, &attempt == decided);
  json.end_array().key("rests_on");
  decided ? json.number(result.rests_on) : json.null();
  json.key("echo").word(kEchoes[result.echo]).key("causes");
  write_causes(json, result.causes);
  json.key("note");
  write_text(json, result.note);
  if (!result.vantage.empty()) json.key("vantage").string(result.vantage);
  if (!result.views.empty()) write_views(json, result.views);
}

}  // namespace

std::optional<Address> address_of(const probe::HostResult& result) {
  const auto* attempt = result.decisive();
  return attempt && attempt->evidence.address ? attempt->evidence.address : result.target.address;
}

std::optional<probe::Phase> phase_of(const probe::HostResult& result) {
  if (const auto* attempt = result.decisive()) return attempt->evidence.phase;
  if (result.outcome == probe::Outcome::not_probed || result.outcome == probe::Outcome::skipped)
    return std::nullopt;
  return probe::Phase::resolve;
}

void append_line(std::string& out, const probe::RunInfo& run) {
  JsonWriter json(out);
  json.begin_object().key("type").word("run").key("schema").word(kResultSchema);
  write_members(json, run);
  json.end_object();
  out += '\n';
}

void append_line(std::string& out, const probe::HostResult& result) {
  JsonWriter json(out);
  json.begin_object();
  write_members(json, result);
  json.end_object();
  out += '\n';
}

void append_host(std::string& out, const probe::HostResult& result,
                 const std::optional<FindingName>& finding) {
  JsonWriter json(out);
  json.begin_object();
  write_members(json, result);
  write_finding(json, finding);
  json.end_object();
}

void append_target(std::string& out, const probe::HostResult& joint) {
  JsonWriter json(out);
  json.begin_object().key("type").word("target").key("target").string(joint.target.name());
  json.key("reached_from").word(diagnosis::to_string(diagnosis::reach(joint.views)));
  json.key("state").word(probe::to_string(joint.state()));
  json.key("class").word(probe::to_string(joint.outcome)).key("causes");
  write_causes(json, joint.causes);
  write_views(json, joint.views);
  json.end_object();
  out += '\n';
}

void append_line(std::string& out, const Diagnosis& diagnosis) {
  JsonWriter json(out);
  json.begin_object().key("type").word("diagnosis").key("target").string(diagnosis.target);
  json.key("class").word(probe::to_string(diagnosis.outcome)).key("causes");
  write_causes(json, diagnosis.causes);
  write_finding(json, diagnosis.finding);
  json.end_object();
  out += '\n';
}

void append_line(std::string& out, const probe::RunEnd& end) {
  JsonWriter json(out);
  json.begin_object().key("type").word("end");
  write_members(json, end);
  json.end_object();
  out += '\n';
}

void write_members(JsonWriter& json, const probe::RunInfo& run) {
  json.key("run_id").string(run.run_id).key("tool").string(run.tool);
  json.key("started").word(to_rfc3339(run.started)).key("vantage").optional(run.vantage);
  json.key("inventory").begin_object().key("sources").begin_array();
  for (const auto& source : run.sources) json.string(source);
  json.end_array().key("sha256").string(run.inventory_sha256);
  json.key("targets").number(run.targets).end_object();
  write_shard(json, run.shard);
  json.key("depth").word(probe::to_string(run.depth)).key("options").begin_object();
  for (const auto& [name, value] : run.options) json.foreign_key(name).string(value);
  json.end_object();
  if (!run.parts.empty()) write_parts(json, run.parts);
  if (!run.vantages.empty()) json.key("vantages").strings(run.vantages);
}

void write_members(JsonWriter& json, const probe::RunEnd& end) {
  json.key("complete").boolean(end.complete).key("probed").number(end.probed);
  json.key("counts").begin_object();
  for (const auto& [outcome, count] : end.counts) json.key(probe::to_string(outcome)).number(count);
  json.end_object().key("duration_s").thousandths(end.duration.count());
  if (end.canaries.asked > 0) {
    json.key("canaries").begin_object().key("asked").number(end.canaries.asked);
    json.key("reached").number(end.canaries.reached).end_object();
  }
  if (!end.vantages.empty()) write_vantages(json, end.vantages);
}

void write_vantages(JsonWriter& json, const std::vector<probe::VantageEnd>& vantages) {
  json.key("vantages").begin_array();
  for (const auto& each : vantages) {
    json.begin_object().key("vantage").string(each.vantage).key("given").number(each.given);
    json.key("judged").number(each.judged).key("trouble");
    write_text(json, each.trouble);
    json.end_object();
  }
  json.end_array();
}

}  // namespace fleetscan::records
