#include "reports/records/doctor_record.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/clock.h"
#include "base/json_reader.h"
#include "scanner/diagnosis/causes.h"

namespace fleetscan::records {
namespace {

constexpr std::string_view kSchema = "fleetscan.doctor/1";
constexpr std::size_t kMaxText = 2000, kMaxFindings = 50, kMaxExcluded = 100;
constexpr std::int64_t kMaxPort = 65'535;

std::string text(JsonReader& json) { return json.string().substr(0, kMaxText); }

/// Seconds since 1970; nothing for null, and for what no clock shows.
std::optional<WallTime> read_time(JsonReader& json) {
  constexpr std::int64_t kMost = 1LL << 40U;
  const auto seconds = json.optional([&] { return json.integer(); });
  if (!seconds || *seconds < 0 || *seconds > kMost) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

/// Nothing for a cause that this version does not know.
std::optional<DoctorRecord::Finding> read_finding(JsonReader& json) {
  std::optional<diagnosis::CauseId> cause;
  DoctorRecord::Finding finding{};
  json.object([&](std::string_view key) {
    if (key == "cause")
      cause = diagnosis::parse_cause(json.string());
    else if (key == "named")
      finding.named = json.boolean();
    else if (key == "certain")
      finding.certain = json.boolean();
    else if (key == "evidence")
      finding.evidence = text(json);
    else if (key == "fix")
      finding.fix = text(json);
    else
      json.skip();
  });
  if (!cause) return std::nullopt;
  finding.cause = *cause;
  return finding;
}

std::optional<diagnosis::CauseId> read_excluded(JsonReader& json) {
  std::optional<diagnosis::CauseId> cause;
  json.object([&](std::string_view key) {
    if (key == "cause")
      cause = diagnosis::parse_cause(json.string());
    else
      json.skip();
  });
  return cause;
}

/// Reads a list; keeps what `read` knows, as far as there is room.
template <typename List, typename Read>
void read_list(JsonReader& json, List& into, std::size_t most, Read read) {
  json.array([&] {
    auto item = read(json);
    if (item && into.size() < most) into.push_back(*std::move(item));
  });
}

}  // namespace

const DoctorRecord::Finding* DoctorRecord::named() const {
  const auto found = std::ranges::find_if(findings, &Finding::named);
  return found == findings.end() ? nullptr : &*found;
}

DoctorRecord read_doctor_record(std::string_view text_of_record) {
  if (text_of_record.size() > kMaxDoctorBytes)
    throw JsonError("longer than 1 MiB, which no doctor's record is", kMaxDoctorBytes);
  JsonReader json(text_of_record);
  DoctorRecord record;
  std::int64_t port = 0;
  bool known = false;
  json.object([&](std::string_view key) {
    if (key == "schema")
      known = json.string() == kSchema;
    else if (key == "host")
      record.host = text(json);
    else if (key == "port")
      port = json.integer();
    else if (key == "address")
      record.address = Address::parse(json.optional([&] { return json.string(); }).value_or(""));
    else if (key == "up_since")
      record.up_since = read_time(json);
    else if (key == "findings")
      read_list(json, record.findings, kMaxFindings, read_finding);
    else if (key == "excluded")
      read_list(json, record.excluded, kMaxExcluded, read_excluded);
    else
      json.skip();
  });
  json.finish();
  if (!known || port < 1 || port > kMaxPort || record.host.empty())
    throw JsonError("not a record of fleetscan doctor --json (fleetscan.doctor/1)", 0);
  record.port = static_cast<std::uint16_t>(port);
  return record;
}

}  // namespace fleetscan::records
