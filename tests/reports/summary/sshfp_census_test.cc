#include "reports/summary/sshfp_census.h"

#include <doctest/doctest.h>

#include <string>

#include "reports/summary/gate.h"
#include "tests/support/host_result.h"

using namespace fleetscan;
using namespace fleetscan::summary;
using probe::Dnssec;
using probe::Published;

namespace {

probe::HostResult published(const std::string& host, Published verdict,
                            Dnssec dnssec = Dnssec::none, bool sha1_only = false) {
  auto result = test::host_result(host, probe::Outcome::ok, {"key"});
  result.attempts[0].evidence.host_key->published = probe::Publication{verdict, dnssec, sha1_only};
  return result;
}

}  // namespace

TEST_CASE("SshfpCensus: each host counts once, in words") {
  SshfpCensus census;
  census.add(test::host_result("unasked", probe::Outcome::ok, {"key"}));
  census.add(test::host_result("keyless", probe::Outcome::connect_timeout));
  CHECK(census.hosts() == 0);
  census.add(published("a", Published::match, Dnssec::validated));
  census.add(published("b", Published::match, Dnssec::claimed, true));
  census.add(published("c", Published::mismatch, Dnssec::validated));
  census.add(published("d", Published::none));
  census.add(published("e", Published::unlisted));
  census.add(published("f", Published::failed));
  CHECK(census.hosts() == 6);
  CHECK(sshfp_words(census) ==
        "2 match, 1 of them by SHA-1 alone, 1 of them validated, 1 of them validated elsewhere, "
        "says the resolver, 1 differs, 2 without a record for the key, 1 not answered");
}

TEST_CASE("SshfpCensus: one key that differs is enough, even a further one") {
  auto host = published("a", Published::match);
  host.further_keys.push_back(
      {"ssh-rsa", probe::Outcome::ok, probe::HostKey{"ssh-rsa", "SHA256:x", true}});
  host.further_keys[0].key->published = probe::Publication{Published::mismatch};
  SshfpCensus census;
  census.add(host);
  CHECK(census.matching == 0);
  CHECK(census.differing == std::vector<std::string>{"a:22"});
  host.further_keys[0].key->published = probe::Publication{Published::unlisted};
  SshfpCensus other;
  other.add(host);
  CHECK(other.matching == 1);
}

TEST_CASE("Gate: SSHFP, where an answer that is missing may be any") {
  Summary summary;
  probe::RunInfo run;
  run.targets = 3;
  summary.begin(run);
  const auto verdict = [&](const std::string& text) {
    const auto condition = std::get<Condition>(parse_condition(text));
    return judge(summary, {{condition}}).criteria.at(0).verdict;
  };
  CHECK(verdict("sshfp.mismatch > 0") == GateVerdict::incomplete);  // it was not asked for
  summary.add(published("a", Published::match));
  summary.add(published("b", Published::none));
  CHECK(verdict("sshfp.mismatch > 0") == GateVerdict::pass);
  CHECK(verdict("sshfp.missing > 0") == GateVerdict::fail);
  summary.add(published("c", Published::failed));
  CHECK(verdict("sshfp.mismatch > 0") == GateVerdict::incomplete);
  CHECK(verdict("sshfp.mismatch > 1") == GateVerdict::pass);
}
