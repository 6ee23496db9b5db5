#include "reports/summary/second_opinion.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "reports/records/doctor_record.h"
#include "reports/summary/host_table.h"

using namespace fleetscan;
using namespace fleetscan::summary;
using diagnosis::CauseId;
using records::DoctorRecord;

namespace {

const std::string kBan = "source_ban", kDown = "service_down", kDrop = "firewall_drop";

std::vector<HostRow> rows() {
  HostRow web;
  web.host = "web01";
  web.address = Address::parse("192.0.2.1");
  web.outcome = probe::Outcome::connect_rejected;
  web.cause = &kBan;
  HostRow well = web;
  well.host = "web02";
  well.address = Address::parse("192.0.2.2");
  well.outcome = probe::Outcome::ok;
  well.cause = nullptr;
  HostRow silent = web;
  silent.host = "web03";
  silent.address = Address::parse("192.0.2.3");
  silent.outcome = probe::Outcome::connect_timeout;
  silent.cause = &kDrop;
  return {web, well, silent};
}

DoctorRecord record(std::string host, std::optional<CauseId> named,
                    std::vector<CauseId> excluded = {}) {
  DoctorRecord made;
  made.host = std::move(host);
  if (named) made.findings = {{*named, true, true, "evidence", "fix"}};
  made.excluded = std::move(excluded);
  return made;
}

Patients patients(const std::vector<DoctorRecord>& records) {
  Patients all;
  for (const auto& record : records) all.add(record);
  return all;
}

SecondOpinion opinion(const DoctorRecord& record) {
  const auto joined = second_opinions(patients({record}), rows());
  REQUIRE(joined.opinions.size() == 1);
  return joined.opinions.front();
}

}  // namespace

TEST_CASE("second_opinions: confirmed, refuted, undecided") {
  const struct {
    DoctorRecord record;
    Standing standing;
    bool contradiction;
    std::string_view sentence;
  } cases[] = {
      {record("web01", CauseId::source_ban), Standing::confirmed, false,
       "source_ban: the host confirms it"},
      {record("web01", CauseId::firewall_reject), Standing::refuted, true,
       "contradiction: the scan says source_ban, the host says firewall_reject"},
      {record("web01", std::nullopt, {CauseId::source_ban}), Standing::refuted, false,
       "source_ban: the host rules it out; look at the path"},
      {record("web01", std::nullopt, {CauseId::tcp_wrappers}), Standing::undecided, false,
       "source_ban: nothing on the host explains it; look at the path"},
      {record("web03", std::nullopt, {CauseId::firewall_drop}), Standing::undecided, false,
       "firewall_drop: nothing on the host explains it; look at the path"},
      {record("web02", CauseId::service_down), Standing::refuted, true,
       "the scan names no cause, the host names service_down"},
      {record("web02", std::nullopt), Standing::undecided, false,
       "neither the scan nor the host names a cause"},
  };
  for (const auto& [given, standing, contradiction, sentence] : cases) {
    const auto made = opinion(given);
    INFO(sentence);
    CHECK(made.standing == standing);
    CHECK(made.contradiction() == contradiction);
    CHECK(made.sentence() == sentence);
  }
}

TEST_CASE("second_opinions: a host that calls itself otherwise is known by its address and port") {
  auto given = record("vm-4711", CauseId::source_ban);
  given.address = Address::parse("192.0.2.1");
  CHECK(opinion(given).target == "web01:22");
  given.port = 2222;
  const auto joined = second_opinions(patients({given}), rows());
  CHECK(joined.opinions.empty());
  REQUIRE(joined.strangers.size() == 1);
  CHECK(joined.strangers.front() == "vm-4711:2222");
}

TEST_CASE("second_opinions: a host that has no row is known by what was seen of it") {
  auto by_address = record("calls-itself-so", CauseId::source_ban);
  by_address.address = Address::parse("192.0.2.9");
  auto all =
      patients({record("web09", std::nullopt), by_address, record("elsewhere", std::nullopt)});
  probe::HostResult well{.target = {.host = "web09"}, .outcome = probe::Outcome::ok};
  well.target.address = Address::parse("192.0.2.9");
  all.see(well);
  all.see({.target = {.host = "web10"}, .outcome = probe::Outcome::connect_refused});
  const auto joined = second_opinions(all, {});
  REQUIRE(joined.opinions.size() == 2);
  CHECK(joined.opinions[0].target == "web09:22");
  CHECK(joined.opinions[0].outcome == probe::Outcome::ok);
  CHECK_FALSE(joined.opinions[0].contradiction());
  CHECK(joined.opinions[1].target == "web09:22");
  CHECK(joined.opinions[1].contradiction());
  CHECK(joined.strangers == std::vector<std::string>{"elsewhere:22"});
}
