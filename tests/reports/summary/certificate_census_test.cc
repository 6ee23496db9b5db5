#include "reports/summary/certificate_census.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/summary/gate.h"
#include "tests/support/host_result.h"

using namespace fleetscan;
using namespace fleetscan::summary;
using probe::Outcome;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000, kDay = 86400;
const WallTime now{std::chrono::seconds(kNow)};

probe::HostResult certified(const std::string& host, probe::HostCertificate certificate) {
  auto result = test::host_result(host, Outcome::ok, {"key", "", "10.0.0.1"});
  auto& seen = result.attempts[0].evidence;
  seen.address = Address::parse("10.0.0.1");
  seen.host_key->certificate = std::move(certificate);
  return result;
}

/// The only fault of a census of one.
std::string fault(const std::string& host, const probe::HostCertificate& certificate,
                  const Authorities& authorities = {}) {
  CertificateCensus census;
  census.add(certified(host, certificate));
  const auto found = census.faults(authorities, now);
  if (found.empty()) return "";
  CHECK(found.size() == 1);
  CHECK(found[0].target == host + ":22");
  return std::string(to_string(found[0].fault));
}

}  // namespace

TEST_CASE("CertificateCensus: what is wrong with a certificate") {
  const probe::HostCertificate good{"SHA256:a", {"web01.test"}, kNow, kNow + 1};
  CHECK(fault("web01.test", good) == "");
  CHECK(fault("WEB01.test", good) == "");
  CHECK(fault("web01.test", good, {"SHA256:a", "SHA256:b"}) == "");
  CHECK(fault("web01.test", good, {"SHA256:b"}) == "unknown_authority");
  CHECK(fault("web02.test", good) == "wrong_name");
  const auto changed = [&](auto change) {
    auto certificate = good;
    change(certificate);
    return fault("web01.test", certificate);
  };
  CHECK(changed([](auto& c) { c.valid_before = kNow; }) == "expired");
  CHECK(changed([](auto& c) { c.valid_before.reset(); }) == "");
  CHECK(changed([](auto& c) { c.valid_after = kNow + 1; }) == "not_yet_valid");
  CHECK(changed([](auto& c) { c.principals = {"10.0.0.1"}; }) == "");
  CHECK(changed([](auto& c) { c.principals = {"10.0.0.2"}; }) == "wrong_name");
  CHECK(changed([](auto& c) { c.principals.clear(); }) == "");
  CHECK(changed([](auto& c) { c.principals.assign(15, "other"); }) == "wrong_name");
  CHECK(changed([](auto& c) { c.principals.assign(16, "other"); }) == "");  // cut short
}

TEST_CASE("CertificateCensus: who is first to expire, in whole days") {
  CertificateCensus census;
  census.add(test::host_result("bare", Outcome::ok, {"key"}));
  census.add(certified("forever", {"SHA256:a", {}, 0, {}}));
  CHECK(census.hosts() == 1);
  CHECK_FALSE(census.first_to_expire());
  census.add(certified("late", {"SHA256:a", {}, 0, kNow + 90 * kDay}));
  census.add(certified("soon", {"SHA256:a", {}, 0, kNow + 30 * kDay - 1}));
  const auto first = census.first_to_expire();
  REQUIRE(first);
  CHECK(first->target == "soon:22");
  CHECK(first->days(now) == 29);
  CHECK(first->days(WallTime(std::chrono::seconds(kNow - 1))) == 30);
  CHECK(first->days(WallTime(std::chrono::seconds(kNow + 40 * kDay))) == 0);
}

TEST_CASE("Gate: certificates") {
  Summary summary;
  probe::RunInfo run;
  run.started = now;
  run.targets = 2;
  summary.begin(run);
  summary.add(certified("web01.test", {"SHA256:a", {}, 0, kNow + 10 * kDay}));
  summary.add(certified("web02.test", {"SHA256:b", {}, 0, {}}));
  summary.end({.complete = true});
  const auto judged = [&](const std::string& text, const Authorities& authorities = {}) {
    const auto condition = std::get<Condition>(parse_condition(text));
    return judge(summary, {{condition}, nullptr, authorities}).criteria.at(0);
  };
  const auto days = judged("certificate.days < 30");
  CHECK(days.value == "10 days, web01.test:22");
  CHECK(days.verdict == GateVerdict::fail);
  CHECK(judged("certificate.days < 10").verdict == GateVerdict::pass);
  CHECK(judged("certificate.bad > 0").verdict == GateVerdict::pass);
  CHECK(judged("certificate.bad > 0", {"SHA256:a"}).verdict == GateVerdict::fail);
}
