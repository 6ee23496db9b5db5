#include "scanner/probe/further_keys.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scanner/ssh/algorithms.h"

using namespace fleetscan;
using namespace fleetscan::probe;

namespace {

Attempt proved(std::string type, ssh::NameList offered) {
  Attempt attempt{Outcome::ok, {}};
  ssh::Kexinit kexinit;
  kexinit[ssh::Slot::host_key] = std::move(offered);
  attempt.evidence.kexinit = std::make_shared<const ssh::Kexinit>(std::move(kexinit));
  attempt.evidence.host_key = HostKey{std::move(type), "SHA256:abc", true};
  return attempt;
}

ssh::NameList all_of_ours() {
  ssh::NameList names;
  for (const auto& algorithm : ssh::key_algorithms()) names.emplace_back(algorithm.name);
  return names;
}

std::vector<std::string> types(const std::vector<Attempt>& attempts) {
  std::vector<std::string> found;
  for (const auto& key : further_keys(attempts, all_of_ours())) {
    CHECK(key.outcome == Outcome::not_probed);
    CHECK_FALSE(key.key);
    found.push_back(key.type);
  }
  return found;
}

}  // namespace

TEST_CASE("further_keys: one of each type that is offered and was not proved") {
  using Types = std::vector<std::string>;
  const struct {
    ssh::NameList offered;
    Types types;
  } cases[] = {
      {{"ssh-ed25519"}, {}},
      {{"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ssh-ed25519"}, {"ssh-rsa"}},
      {{"ssh-rsa"}, {"ssh-rsa"}},
      {{"ssh-dss", "rsa-sha2-512", "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp256", "ssh-ed25519"},
       {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "ssh-rsa", "ssh-dss"}},
      {{"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519"}, {}},
      {{"rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-512", "sk-ssh-ed25519-cert-v01@openssh.com"},
       {"sk-ssh-ed25519@openssh.com", "ssh-rsa"}},
      {{"newer@example.com", "", "x509v3-ssh-rsa"}, {}},
  };
  for (const auto& row : cases) {
    CAPTURE(row.offered);
    CHECK(types({proved("ssh-ed25519", row.offered)}) == row.types);
  }
}

TEST_CASE("further_keys: a type that this build cannot prove is told, and not asked for") {
  const auto keys = further_keys(
      std::vector{proved("ssh-ed25519", {"ssh-dss", "rsa-sha2-512", "ssh-ed25519", "other@x"})},
      {"ssh-ed25519", "rsa-sha2-512"});
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] == FurtherKey{"ssh-rsa", Outcome::not_probed, {}});
  CHECK(keys[1] == FurtherKey{"ssh-dss", Outcome::ok_kex_unverified, {}});
}

TEST_CASE("further_keys: only of a server that proved a key in the usual way") {
  const auto sound = proved("ssh-ed25519", {"ssh-rsa"});
  CHECK(types({sound}).size() == 1);
  CHECK(types({}).empty());
  CHECK(types({sound, {Outcome::connect_refused, {}}}).empty());
  CHECK(types({{Outcome::banner_silent, {}}, sound}).size() == 1);
  for (const auto unusual :
       {&Evidence::mss_clamped, &Evidence::other_method, &Evidence::other_family}) {
    auto attempt = sound;
    attempt.evidence.*unusual = true;
    CHECK(types({attempt}).empty());
  }
  auto unproved = sound;
  unproved.evidence.host_key->verified = false;
  CHECK(types({unproved}).empty());
}
