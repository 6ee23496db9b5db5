#include "reports/records/result_reader.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/escape.h"
#include "base/json_reader.h"
#include "inventory/share.h"
#include "inventory/target.h"
#include "reports/records/attempt_reader.h"
#include "reports/records/diagnosis_record.h"
#include "reports/records/record_names.h"
#include "reports/records/record_values.h"
#include "reports/records/result_lines.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/probe/verdict.h"

namespace fleetscan::records {
namespace {

constexpr std::uint64_t kLineCost = 1024;  // in idle bytes: short lines take their time, too

probe::Cause read_cause(JsonReader& json) {
  probe::Cause cause;
  json.object([&](std::string_view key) {
    if (key == "cause")
      cause.name = json.string();
    else if (key == "confidence")
      cause.confidence = json.number();
    else if (key == "because")
      cause.because = read_names(json);
    else
      json.skip();
  });
  return cause;
}

/// A list whose items `take` reads, of vantages: they are few.
template <typename Take>
void read_list(JsonReader& json, Take take) {
  std::size_t count = 0;
  json.array([&] {
    if (++count > probe::kMostVantages) throw JsonError("too many vantages", json.position());
    take();
  });
}

probe::View read_view(JsonReader& json) {
  probe::View view;
  json.object([&](std::string_view key) {
    if (key == "vantage")
      view.vantage = json.string();
    else if (key == "class")
      view.outcome = read_outcome(json);
    else if (key == "phase")
      view.phase = probe::parse_phase(read_text(json));
    else if (key == "cause")
      view.cause = read_text(json);
    else
      json.skip();
  });
  return view;
}

template <typename Map>
Map read_map(JsonReader& json) {
  Map map;
  json.object([&](std::string_view key) { map[std::string(key)] = json.string(); });
  return map;
}

// clang-format off
probe::HostResult read_host(JsonReader& json, KexinitReader& kexinits) {
  probe::HostResult result;
  probe::Evidence last;
  bool named = false, judged = false;
  std::size_t rests_on = 0;
  std::string name;
  json.object([&](std::string_view key) {
    if (key == "target") name = json.string();
    else if (key == "host") named = !(result.target.host = json.string()).empty();
    else if (key == "port") result.target.port = read_integer<std::uint16_t>(json);
    else if (key == "address") last.address = json.optional([&] { return read_address(json); });
    else if (key == "lookup") result.target.lookup = json.string();
    else if (key == "source") result.target.source = read_text(json);
    else if (key == "labels") {
      auto labels = read_map<inventory::Labels>(json);
      if (!labels.empty()) result.target.labels = std::make_shared<const inventory::Labels>(std::move(labels));
    }
    else if (key == "class") result.outcome = read_outcome(json), judged = true;
    else if (key == "ms") result.resolve = read_times(json).resolve;
    else if (key == "attempts") json.array([&] { result.attempts.push_back(read_attempt(json, kexinits)); });
    else if (key == "further_keys") result.further_keys = read_further_keys(json);
    else if (key == "causes") json.array([&] { result.causes.push_back(read_cause(json)); });
    else if (key == "echo") result.echo = read_name(json, kEchoes);
    else if (key == "rests_on") rests_on = json.null() ? 0 : read_integer<std::size_t>(json);
    else if (key == "note") result.note = read_text(json);
    else if (key == "vantage") result.vantage = json.string();
    else if (key == "views") read_list(json, [&] { result.views.push_back(read_view(json)); });
    else if (!read_seen(json, key, last, kexinits)) json.skip();
  });
  json.finish();
  if (!named || !judged) throw JsonError("a host record needs 'host' and 'class'", 0);
  auto& target = result.target;
  target.address = last.address;
  target.each_address = last.address.has_value();
  target.each_address = target.each_address && target.name() == name;
  if (!result.attempts.empty() && !target.each_address) target.address = Address::parse(target.host);
  for (auto& attempt : result.attempts)
    if (!attempt.evidence.address) attempt.evidence.address = last.address;
  if (rests_on < result.attempts.size()) {
    auto& seen = result.attempts[rests_on].evidence;
    seen.ident_line = std::move(last.ident_line);
    seen.kexinit = std::move(last.kexinit);
    seen.host_key = std::move(last.host_key);
    seen.service = std::move(last.service);
    seen.slot = last.slot;
  }
  if (!result.attempts.empty()) result.rests_on = probe::verdict(result.attempts).rests_on;
  return result;
}

inventory::ShardChoice read_shard(JsonReader& json) {
  inventory::ShardChoice shard;
  json.object([&](std::string_view key) {
    if (key == "index") shard.index = read_integer<unsigned>(json);
    else if (key == "count") shard.count = read_integer<unsigned>(json);
    else json.skip();
  });
  return shard;
}

probe::RunPart read_part(JsonReader& json) {
  probe::RunPart part;
  json.object([&](std::string_view key) {
    if (key == "run_id") part.run_id = json.string();
    else if (key == "started") part.started = read_time(json);
    else if (key == "shard") part.shard = json.optional([&] { return read_shard(json); });
    else if (key == "targets") part.targets = read_integer<std::uint64_t>(json);
    else if (key == "complete") part.complete = json.boolean();
    else if (key == "duration_s") part.duration = std::chrono::milliseconds(read_thousandths(json));
    else json.skip();
  });
  return part;
}

probe::RunInfo read_run(JsonReader& json) {
  probe::RunInfo run;
  json.object([&](std::string_view key) {
    if (key == "schema") {
      if (const auto schema = json.string(); schema != kResultSchema)
        throw JsonError("schema '" + printable(schema) + "' is not " + std::string(kResultSchema), 0);
    }
    else if (key == "run_id") run.run_id = json.string();
    else if (key == "tool") run.tool = json.string();
    else if (key == "started") run.started = read_time(json);
    else if (key == "vantage") run.vantage = json.optional([&] { return json.string(); });
    else if (key == "inventory") json.object([&](std::string_view name) {
      if (name == "sources") run.sources = read_names(json);
      else if (name == "sha256") run.inventory_sha256 = json.string();
      else if (name == "targets") run.targets = read_integer<std::uint64_t>(json);
      else json.skip();
    });
    else if (key == "shard") run.shard = json.optional([&] { return read_shard(json); });
    else if (key == "depth") {
      const auto depth = probe::parse_depth(json.string());
      if (!depth) throw JsonError("unknown depth", 0);
      run.depth = *depth;
    }
    else if (key == "options") run.options = read_map<std::map<std::string, std::string>>(json);
    else if (key == "parts") json.array([&] { run.parts.push_back(read_part(json)); });
    else if (key == "vantages") read_list(json, [&] { run.vantages.push_back(json.string()); });
    else json.skip();
  });
  return run;
}

FindingName read_finding(JsonReader& json) {
  FindingName finding;
  json.object([&](std::string_view key) {
    if (key == "kind") finding.kind = json.string();
    else if (key == "what") finding.what = json.string();
    else if (key == "with") finding.with = json.string();
    else if (key == "class") finding.outcome = read_outcome(json);
    else json.skip();
  });
  return finding;
}

Diagnosis read_diagnosis(JsonReader& json) {
  Diagnosis diagnosis;
  bool judged = false;
  json.object([&](std::string_view key) {
    if (key == "target") diagnosis.target = json.string();
    else if (key == "class") diagnosis.outcome = read_outcome(json), judged = true;
    else if (key == "causes") json.array([&] { diagnosis.causes.push_back(read_cause(json)); });
    else if (key == "finding") diagnosis.finding = json.optional([&] { return read_finding(json); });
    else json.skip();
  });
  json.finish();
  if (diagnosis.target.empty() || !judged) throw JsonError("a diagnosis needs 'target' and 'class'", 0);
  return diagnosis;
}

probe::Canaries read_canaries(JsonReader& json) {
  probe::Canaries canaries;
  json.object([&](std::string_view key) {
    if (key == "asked") canaries.asked = read_integer<std::uint64_t>(json);
    else if (key == "reached") canaries.reached = read_integer<std::uint64_t>(json);
    else json.skip();
  });
  return canaries;
}

probe::VantageEnd read_vantage(JsonReader& json) {
  probe::VantageEnd vantage;
  json.object([&](std::string_view key) {
    if (key == "vantage") vantage.vantage = json.string();
    else if (key == "given") vantage.given = read_integer<std::uint64_t>(json);
    else if (key == "judged") vantage.judged = read_integer<std::uint64_t>(json);
    else if (key == "trouble") vantage.trouble = read_text(json);
    else json.skip();
  });
  return vantage;
}

probe::RunEnd read_end(JsonReader& json) {
  probe::RunEnd end;
  json.object([&](std::string_view key) {
    if (key == "complete") end.complete = json.boolean();
    else if (key == "probed") end.probed = read_integer<std::uint64_t>(json);
    else if (key == "counts") json.object([&](std::string_view name) {
      const auto outcome = probe::parse_outcome(name);
      const auto count = read_integer<std::uint64_t>(json);
      if (outcome) end.counts[*outcome] = count;
    });
    else if (key == "duration_s") end.duration = std::chrono::milliseconds(read_thousandths(json));
    else if (key == "canaries") end.canaries = read_canaries(json);
    else if (key == "vantages") read_list(json, [&] { end.vantages.push_back(read_vantage(json)); });
    else json.skip();
  });
  return end;
}
// clang-format on

}  // namespace

Record RecordReader::read(std::string_view line) {
  constexpr std::string_view kHost = "{\"type\":\"host\",";
  std::string type;
  if (line.starts_with(kHost)) {
    type = "host";  // spares nearly every line of a file the look for its type
  } else {
    JsonReader look(line);
    look.object([&](std::string_view key) {
      if (key == "type")
        type = look.string();
      else
        look.skip();
    });
    look.finish();
  }
  JsonReader json(line);
  if (type == "host") return read_host(json, kexinits_);
  if (type == "run") return read_run(json);
  if (type == "diagnosis") return read_diagnosis(json);
  if (type == "end") return read_end(json);
  return std::monostate{};
}

void ResultReader::complain(const std::string& message) {
  if (errors_.size() < kMaxErrors) errors_.push_back({line_, message});
}

void ResultReader::take(std::string_view line, bool whole) {
  idle_ += kLineCost;
  if (!whole) {
    complain("longer than any record");
  } else if (line.find_first_not_of(" \t\r") != line.npos) {
    std::optional<Record> record;
    try {
      record = record_.read(line);
    } catch (const JsonError& error) {
      complain(error.what());
    }
    if (record && !std::holds_alternative<std::monostate>(*record)) {
      idle_ = 0;
      on_record_(std::move(*record));
    }
  }
  ++line_;
}

const std::vector<LineError>& ResultReader::finish() {
  cutter_.finish();
  if (gave_up()) errors_.push_back({line_, std::string(kNoRecords)});
  return errors_;
}

}  // namespace fleetscan::records
