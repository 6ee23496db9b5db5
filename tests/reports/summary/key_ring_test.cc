#include "reports/summary/key_ring.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/host_result.h"
#include "tests/support/recorded_key.h"

using namespace fleetscan;
using namespace fleetscan::summary;
using probe::Outcome;

namespace {

probe::HostResult with_key(const std::string& host, const std::string& algorithm,
                           const std::string& address = "10.0.0.1") {
  auto result = test::host_result(host, Outcome::ok, {"", "", address});
  result.attempts[0].evidence.host_key = test::recorded_key(algorithm);
  return result;
}

HostKeys only(const probe::HostResult& result) {
  KeyRing ring;
  ring.add(result);
  REQUIRE(ring.hosts().size() == 1);
  return ring.hosts()[0];
}

std::string missing(const probe::HostResult& result) {
  std::string text;
  for (const auto& [type, why] : only(result).missing) text += type + ": " + why + '\n';
  return text;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("KeyRing: names are those that clients look up") {
  const struct {
    std::string host, lookup;
    Names names, addresses;
  } cases[] = {
      {"Web01.Example.net", "", {"web01.example.net"}, {"10.0.0.1"}},
      {"web01.", "", {"web01"}, {"10.0.0.1"}},
      {"alias", "real.test", {"real.test", "alias"}, {"10.0.0.1"}},
      {"my alias", "10.0.0.9", {}, {"10.0.0.9", "10.0.0.1"}},
      {"10.0.0.1", "", {}, {"10.0.0.1"}},
      {"2001:DB8::1", "", {}, {"2001:db8::1", "10.0.0.1"}},
      {"*", "", {}, {"10.0.0.1"}},
      {"a,*", "", {}, {"10.0.0.1"}},
      {"a\nb", "", {}, {"10.0.0.1"}},
      {"@cert-authority", "", {}, {"10.0.0.1"}},
      {"|1|x", "", {}, {"10.0.0.1"}},
      {"{{ x }}", "", {}, {"10.0.0.1"}},
      {"#x", "", {}, {"10.0.0.1"}},
      {"-oProxyCommand", "", {}, {"10.0.0.1"}},
      {std::string(254, 'a'), "", {}, {"10.0.0.1"}},
      {std::string(253, 'a'), "", {std::string(253, 'a')}, {"10.0.0.1"}},
  };
  for (const auto& row : cases) {
    CAPTURE(row.host);
    auto result = with_key(row.host, "ssh-ed25519");
    result.target.lookup = row.lookup;
    const auto host = only(result);
    CHECK(host.names == row.names);
    CHECK(host.addresses == row.addresses);
    CHECK(host.keys.size() == 1);
  }
  const auto nowhere = only(with_key("a b", "ssh-ed25519", ""));
  CHECK(nowhere.keys.empty());
  CHECK(nowhere.missing.size() == 1);
}

TEST_CASE("KeyRing: all keys of a host, and what is missing with its reason") {
  auto result = with_key("web", "ssh-ed25519");
  CHECK(missing(result).empty());
  result.further_keys = {{"ssh-rsa", Outcome::ok, test::recorded_key("rsa-sha2-512")},
                         {"ecdsa-sha2-nistp256", Outcome::kex_closed, {}},
                         {"ssh-dss", Outcome::not_probed, {}}};
  CHECK(only(result).keys.size() == 2);
  CHECK(missing(result) == "ecdsa-sha2-nistp256: kex_closed\nssh-dss: not_probed\n");
  result.further_keys = {{"ssh-dss", Outcome::ok, test::recorded_key("rsa-sha2-512")}};
  CHECK(only(result).keys.size() == 1);
  CHECK(missing(result) == "ssh-dss: ok\n");

  CHECK(missing(test::host_result("web", Outcome::connect_timeout)) == ": connect_timeout\n");
  CHECK(missing(test::host_result("web", Outcome::not_probed)) == ": not_probed\n");
  CHECK(missing(test::host_result("web", Outcome::skipped)).empty());

  auto changed = with_key("web", "ssh-ed25519");
  changed.attempts[0].evidence.host_key->known = probe::Known::changed;
  CHECK(only(changed).keys.empty());
  CHECK(missing(changed) == "ssh-ed25519: host_key_changed\n");

  auto forged = with_key("web", "ssh-ed25519");
  forged.attempts[0].evidence.host_key->blob.back() ^= 1;
  CHECK(only(forged).keys.empty());
  CHECK(missing(forged) == "ssh-ed25519: its blob has another fingerprint\n");
}

TEST_CASE("KeyRing: of two records of a target the later one counts") {
  KeyRing ring;
  ring.begin({});
  CHECK(ring.incomplete());
  ring.add(test::host_result("web", Outcome::connect_timeout, {"", "", "10.0.0.1"}));
  ring.end({.complete = true});
  CHECK_FALSE(ring.incomplete());
  CHECK(ring.missing() == 1);
  ring.begin({});
  ring.add(with_key("web", "ssh-ed25519"));
  CHECK(ring.hosts().size() == 1);
  CHECK(ring.missing() == 0);
  ring.end({.complete = false});
  CHECK(ring.incomplete());
}
