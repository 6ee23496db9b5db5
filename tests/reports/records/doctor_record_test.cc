#include "reports/records/doctor_record.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/json_reader.h"

using namespace fleetscan;
using namespace fleetscan::records;
using diagnosis::CauseId;

namespace {

/// A record whose member `name` is `value`, both as they stand in JSON.
std::string record(std::string_view findings, std::string_view port = "22",
                   std::string_view schema = "fleetscan.doctor/1") {
  std::string text = R"({"type": "doctor", "schema": ")";
  ((text += schema) += R"(", "host": "web01", "port": )") += port;
  (text += R"(, "address": "192.0.2.1", "root": true, "cause": null, "findings": [)") += findings;
  return text + R"(], "excluded": [{"cause": "tcp_wrappers", "why": "no rule"}], "notes": []})";
}

constexpr std::string_view kFinding =
    R"({"cause": "source_ban", "check": "route", "named": true, "certain": true, "what": "w",)"
    R"( "evidence": "ip route", "fix": "unban"})";

}  // namespace

TEST_CASE("read_doctor_record: what the script prints") {
  const auto read = read_doctor_record(record(kFinding) + "\n");
  CHECK(read.host == "web01");
  CHECK(read.port == 22);
  CHECK(read.address == Address::parse("192.0.2.1"));
  REQUIRE(read.named());
  CHECK(read.named()->cause == CauseId::source_ban);
  CHECK(read.named()->certain);
  CHECK(read.named()->evidence == "ip route");
  CHECK(read.named()->fix == "unban");
  REQUIRE(read.excluded.size() == 1);
  CHECK(read.excluded[0] == CauseId::tcp_wrappers);
}

TEST_CASE("read_doctor_record: a cause of a newer version is left out, an unknown key too") {
  const auto read = read_doctor_record(
      record(R"({"cause": "moon_phase", "named": true, "evidence": "", "fix": ""})"));
  CHECK(read.findings.empty());
  CHECK(!read.named());
}

TEST_CASE("read_doctor_record: what is no such record, is too long, or never ends") {
  const std::string cases[] = {
      "",
      "{}",
      "[]",
      "null",
      record("", "0"),
      record("", "65536"),
      record("", "-1"),
      record("", "\"22\""),
      record("", "22", "fleetscan.doctor/2"),
      record(R"({"cause": 7})"),
      record(R"("source_ban")"),
      record(kFinding).substr(0, 120),
      record(kFinding) + "x",
      std::string(kMaxDoctorBytes + 1, ' '),
      record(std::string(200'000, '[')),
  };
  for (const auto& text : cases) {
    INFO(text.substr(0, 200));
    CHECK_THROWS_AS(static_cast<void>(read_doctor_record(text)), JsonError);
  }
}

TEST_CASE("read_doctor_record: lists and texts are bounded") {
  std::string many(kFinding);
  for (int i = 0; i < 500; ++i) (many += ',') += kFinding;
  const auto read = read_doctor_record(record(many));
  CHECK(read.findings.size() == 50);
  const auto longest = read_doctor_record(record(
      R"({"cause": "source_ban", "named": true, "evidence": ")" + std::string(9000, 'x') + "\"}"));
  REQUIRE(longest.named());
  CHECK(longest.named()->evidence.size() == 2000);
}
