#pragma once
// The record format of results.jsonl (schema "fleetscan.result/1"): one JSON object a line.
//
// A file holds one `run` line, one `host` line per target in the order in which verdicts became
// final, one `diagnosis` line per failing host, and one `end` line; without the last the run was
// interrupted. Keys have one fixed order. What a line says survives any number of readings and
// writings byte for byte.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/json_writer.h"
#include "reports/records/diagnosis_record.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

inline constexpr std::string_view kResultSchema = "fleetscan.result/1";

// Each appends one line with its line feed to `out`, which the caller reuses.
void append_line(std::string& out, const probe::RunInfo& run);
void append_line(std::string& out, const probe::HostResult& result);
void append_line(std::string& out, const Diagnosis& diagnosis);
void append_line(std::string& out, const probe::RunEnd& end);

/// A joint verdict's line, of type "target": what the vantages of a run say together.
void append_target(std::string& out, const probe::HostResult& joint);

/// The host's line as report.json has it: without its line feed, and with its finding.
void append_host(std::string& out, const probe::HostResult& result,
                 const std::optional<FindingName>& finding);

/// Where it was found, or else where the inventory says it is.
[[nodiscard]] std::optional<Address> address_of(const probe::HostResult& result);

/// The deciding attempt's phase. A target without an attempt got no further than its name, or has
/// no phase because it was not tried.
[[nodiscard]] std::optional<probe::Phase> phase_of(const probe::HostResult& result);

// The members of those records without `type` and `schema`, for documents that tell of a run, too.
void write_members(JsonWriter& json, const probe::RunInfo& run);
void write_members(JsonWriter& json, const probe::RunEnd& end);

/// The member `vantages` of an end record.
void write_vantages(JsonWriter& json, const std::vector<probe::VantageEnd>& vantages);

}  // namespace fleetscan::records
