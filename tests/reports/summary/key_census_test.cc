#include "reports/summary/key_census.h"

#include <doctest/doctest.h>

#include "base/sha256.h"
#include "reports/summary/report.h"
#include "tests/support/host_result.h"

namespace fleetscan::summary {
namespace {

std::string fingerprint_of(int byte) {
  Sha256Digest digest;
  digest.fill(static_cast<char>(byte));
  return fingerprint(digest);
}

probe::HostKey key(int of, bool verified = true) {
  return {"ssh-ed25519", fingerprint_of(of), verified};
}

TEST_CASE("key_census: proved keys of two hosts or more, most hosts first") {
  summary::KeyCensus census;
  for (const int of : {1, 2, 3, 2, 3, 3, 4}) census.add(key(of));
  census.add(key(4, false));
  census.add({"ssh-ed25519", "SHA256:no digest", true});
  census.add({"ssh-ed25519", "SHA256:no digest", true});
  census.add({"rsa-sha2-512", fingerprint_of(1), true});
  const auto shared = census.shared();
  REQUIRE(shared.size() == 2);
  CHECK(shared[0].sha256 == key(3).sha256);
  CHECK(shared[0].hosts == 3);
  CHECK(shared[1].sha256 == key(2).sha256);
  CHECK(shared[1].type == "ssh-ed25519");
  CHECK(shared[1].hosts == 2);
}

TEST_CASE("key_census: the report names who holds them") {
  summary::Summary summary;
  const auto add = [&](const std::string& host, int of, const std::string& address) {
    summary.add(
        test::host_result(host, probe::Outcome::ok, {fingerprint_of(of).substr(7), {}, address}));
  };
  summary.begin(test::nightly_run(1, 3));
  add("b", 7, "10.0.0.2");
  add("c", 8, "10.0.0.3");
  add("a", 7, "10.0.0.1");
  summary.end({.complete = true});
  const auto report = summary::make_report(summary);
  REQUIRE(report.shared_keys.size() == 1);
  CHECK(report.shared_keys[0].examples == std::vector<std::string>{"a:22", "b:22"});
}

}  // namespace
}  // namespace fleetscan::summary
