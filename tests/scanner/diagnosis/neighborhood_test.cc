#include "scanner/diagnosis/neighborhood.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::diagnosis;

namespace {

HostResult host(std::uint32_t address, Outcome outcome, std::string rack, std::string ident,
                int second = 0) {
  HostResult result;
  result.target.host = "h" + std::to_string(address);
  result.target.address = Address::v4(address);
  result.target.labels = std::make_shared<const Labels>(Labels{{"rack", std::move(rack)}});
  result.outcome = outcome;
  Evidence seen;
  seen.started = WallTime{std::chrono::seconds{1'790'000'000 + second}};
  seen.address = result.target.address;
  if (!ident.empty()) seen.ident_line = "SSH-2.0-" + ident;
  result.attempts.push_back({outcome, seen});
  return result;
}

HostResult with_key(HostResult result, std::string sha256) {
  result.attempts.front().evidence.host_key =
      HostKey{"ssh-ed25519", std::move(sha256), true, Known::changed};
  return result;
}

/// Twenty hosts in each of two subnets: one fails but for two hosts, the other is well.
std::vector<HostResult> fleet() {
  std::vector<HostResult> results;
  for (std::uint32_t i = 1; i <= 20; ++i) {
    results.push_back(host(0x0a040700 + i, i <= 2 ? Outcome::ok : Outcome::kex_closed, "b7",
                           i % 2 == 0 ? "OpenSSH_7.4" : "dropbear_2022", 1));
    results.push_back(host(0x0a040800 + i, Outcome::ok, i <= 3 ? "b7" : "b8", "OpenSSH_9.2", 30));
  }
  results.push_back(host(0x0a040801, Outcome::skipped, "b8", ""));
  results.push_back(host(0x0a040802, Outcome::scanner_network, "b8", ""));
  results.push_back(with_key(host(0x0a040901, Outcome::host_key_changed, "b9", ""), "SHA256:x"));
  results.push_back(with_key(host(0x0a040902, Outcome::host_key_changed, "b9", ""), "SHA256:x"));
  return results;
}

Neighbors fold(const std::vector<HostResult>& results) {
  Neighbors neighbors;
  for (const auto& result : results) neighbors.add(result);
  return neighbors;
}

std::vector<HostResult> many(std::size_t failing, std::size_t healthy, Outcome outcome) {
  std::vector<HostResult> results;
  for (std::uint32_t i = 0; i < failing + healthy; ++i)
    results.push_back(host(0x0a000000 + 256 * i, i < failing ? outcome : Outcome::ok, "r", "",
                           static_cast<int>(i % 7)));
  return results;
}

}  // namespace

TEST_CASE("neighborhood: counts the others of each kind") {
  const auto results = fleet();
  const auto neighbors = fold(results);
  const auto& failing = results[38];  // the 20th of the failing subnet
  REQUIRE(failing.outcome == Outcome::kex_closed);
  const auto found = neighbors.around(whereabouts(failing));
  CHECK(found.subnet == Crowd{"10.4.7.0/24", 19, 2, 17});
  CHECK(found.label == Crowd{"rack=b7", 22, 5, 17});
  CHECK(found.software == Crowd{"OpenSSH_7.4", 9, 1, 8});
  CHECK(found.moment == Crowd{"the same ten seconds", 21, 2, 17});
  CHECK(found.run == Crowd{"this run", 41, 22, 17});
  CHECK(found.same_key == 0);
  CHECK(neighbors.around(whereabouts(results.back())).same_key == 1);
}

TEST_CASE("neighborhood: the order of results does not matter") {
  auto results = fleet();
  const auto failing = results[38];
  const auto expected = fold(results).around(whereabouts(failing));
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    std::ranges::shuffle(results, random);
    CHECK(fold(results).around(whereabouts(failing)) == expected);
  }
}

TEST_CASE("neighborhood: peers cannot fill the memory with software names") {
  std::vector<HostResult> results;
  for (std::uint32_t i = 0; i < 2 * Neighbors::kMaxSoftware; ++i)
    results.push_back(host(i, Outcome::kex_closed, "r", "made_up_" + std::to_string(i / 2)));
  const auto counted = [&](const Neighbors& neighbors) {
    std::vector<std::uint64_t> hosts;
    for (std::uint32_t i = 0; i < 2 * Neighbors::kMaxSoftware; ++i)
      hosts.push_back(neighbors
                          .around(whereabouts(host(i, Outcome::kex_closed, "r",
                                                   "made_up_" + std::to_string(i / 2))))
                          .software.hosts);
    return hosts;
  };
  for (std::uint32_t i = 0; i < 1000; ++i)  // beyond the bound
    results.push_back(host(i, Outcome::kex_closed, "r", "more_" + std::to_string(i)));
  const auto expected = counted(fold(results));
  CHECK(std::ranges::count(expected, 1U) > 0);
  CHECK(std::ranges::count(expected, 0U) > 0);
  std::mt19937 random(7);
  std::ranges::shuffle(results, random);
  CHECK(counted(fold(results)) == expected);
}

TEST_CASE("neighborhood: when the run itself is suspect") {
  using enum Outcome;
  const struct {
    std::string name;
    std::vector<HostResult> results;
    Trial canaries;
    std::string expected;
  } cases[] = {
      // clang-format off
      {"nobody answers",             many(20, 0, connect_timeout),  Trial::unasked, "scanner_network"},
      {"four in five",               many(80, 20, connect_timeout), Trial::unasked, "scanner_network"},
      {"fewer than four in five",    many(79, 21, connect_timeout), Trial::unasked, ""},
      {"too few to tell",            many(19, 0, connect_timeout),  Trial::unasked, ""},
      {"all refuse",                 many(30, 0, connect_refused),  Trial::unasked, "scanner_firewall"},
      {"all reject",                 many(30, 0, connect_rejected), Trial::unasked, "scanner_firewall"},
      {"no name resolves",           many(30, 0, resolve_failure),  Trial::unasked, "scanner_resolver"},
      {"but the canary is reached",  many(30, 0, connect_timeout),  Trial::passed,  ""},
      {"and so does the canary",     many(30, 0, connect_timeout),  Trial::failed,  "scanner_network"},
      // clang-format on
  };
  for (const auto& [name, results, canaries, expected] : cases) {
    CAPTURE(name);
    auto neighbors = fold(results);
    const std::uint64_t asked = canaries == Trial::unasked ? 0 : 2;
    neighbors.set_canaries({asked, canaries == Trial::passed ? asked : 0});
    const auto suspicion = neighbors.suspicion();
    CHECK((suspicion ? suspicion->cause.name : "") == expected);
  }
  const auto suspicion = fold(many(80, 20, connect_timeout)).suspicion();
  REQUIRE(suspicion);
  CHECK(suspicion->cause.because.front() ==
        "80 of 100 hosts, probed within 6.0 s, ended in connect_timeout");
  CHECK(suspicion->cause.confidence <
        fold(many(80, 0, connect_timeout)).suspicion()->cause.confidence);
}

TEST_CASE("Neighbors: the other family of a name each of whose addresses is a target") {
  const auto at = [](const char* address, Outcome outcome, bool each = true) {
    HostResult result;
    result.target.host = "twofold.example";
    result.target.address = Address::parse(address);
    result.target.each_address = each;
    result.outcome = outcome;
    return result;
  };
  const auto v6 = at("2001:db8::1", Outcome::connect_refused);
  const auto v4 = at("192.0.2.1", Outcome::connect_refused);
  CHECK(fold({at("192.0.2.1", Outcome::ok), v6}).around(whereabouts(v6)).other_family);
  CHECK_FALSE(fold({v4, v6}).around(whereabouts(v6)).other_family);
  CHECK_FALSE(fold({at("192.0.2.2", Outcome::ok), v4}).around(whereabouts(v4)).other_family);
  const auto single = at("2001:db8::1", Outcome::connect_refused, false);
  CHECK_FALSE(
      fold({at("192.0.2.1", Outcome::ok), single}).around(whereabouts(single)).other_family);
}
