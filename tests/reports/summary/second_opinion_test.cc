#include "reports/summary/second_opinion.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
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
  HostRow refused = web;
  refused.host = "web04";
  refused.outcome = probe::Outcome::connect_refused;
  refused.cause = &kDown;
  refused.causes = {{CauseId::service_down, 0.8}, {CauseId::firewall_reset, 0.1}};
  return {web, well, silent, refused};
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
      {record("web04", std::nullopt, {CauseId::service_down, CauseId::firewall_reset}),
       Standing::refuted, false,
       "service_down: the host rules it out; look at the path, for firewall_reset"},
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

TEST_CASE("second_opinions: the joint cause is the host's, or else what it leaves of the scan's") {
  CHECK(opinion(record("web01", CauseId::firewall_reject)).joint() == CauseId::firewall_reject);
  CHECK(opinion(record("web04", std::nullopt)).joint() == CauseId::service_down);
  CHECK(opinion(record("web04", std::nullopt, {CauseId::service_down})).joint() ==
        CauseId::firewall_reset);
  CHECK(opinion(record("web01", std::nullopt, {CauseId::source_ban})).joint() == std::nullopt);
  CHECK(opinion(record("web02", std::nullopt)).joint() == std::nullopt);
}

TEST_CASE("second_opinions: a host that was up before it was tried was not off") {
  HostRow silent;
  silent.host = "web01";
  silent.outcome = probe::Outcome::connect_host_down;
  const std::string off = "host_off";
  silent.cause = &off;
  silent.causes = {{CauseId::firewall_drop, 0.4}, {CauseId::host_off, 0.3}};
  silent.tried = WallTime(std::chrono::seconds(1000));
  const auto joint_of = [&](std::optional<std::chrono::seconds> up_since) {
    auto given = record("web01", std::nullopt);
    if (up_since) given.up_since = WallTime(*up_since);
    return second_opinions(patients({given}), {silent}).opinions.front().joint();
  };
  CHECK(joint_of(std::nullopt) == CauseId::host_off);
  CHECK(joint_of(std::chrono::seconds(1001)) == CauseId::host_off);
  CHECK(joint_of(std::chrono::seconds(999)) == CauseId::firewall_drop);
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
