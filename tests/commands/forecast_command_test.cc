#include "commands/forecast_command.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"
#include "tests/support/kexinit_payload.h"

namespace fleetscan::commands {
namespace {

using probe::Outcome;

probe::HostResult host(const std::string& name, const test::Offer& offer) {
  auto result = test::host_result(name, Outcome::ok, {"", "SSH-2.0-OpenSSH_7.4", "10.0.0.1"});
  result.attempts[0].evidence.kexinit = std::make_shared<const ssh::Kexinit>(test::kexinit(offer));
  return result;
}

struct Fleet {
  test::TemporaryFiles files = {};
  std::string results = files.write(
      "results.jsonl", commands::results(test::nightly_run(1, 3),
                                         {host("good", {}), host("old", {.host_key = "ssh-rsa"}),
                                          test::host_result("silent", Outcome::banner_silent)}));
};

test::Ended forecast(const std::vector<std::string>& words) {
  return test::ended([&] { return run_forecast(words); });
}

TEST_CASE("forecast: a row for each client, the groups that break, and what repairs them") {
  const Fleet fleet;
  const auto said = forecast({fleet.results, "--client", "openssh-10.6,openssh-8.0"});
  CHECK(said.status == 0);
  CHECK(said.err.empty());
  CHECK(said.out.starts_with("2 hosts with a known offer; 1 without"));
  CHECK(said.out.find("openssh-10.6               0         1         1  host_key 1\n") !=
        std::string::npos);
  CHECK(said.out.find("openssh-8.0                0         2         0\n") != std::string::npos);
  CHECK(said.out.find("1 host with OpenSSH_7.4: old:22\n") != std::string::npos);
  CHECK(said.out.find("on the server: HostKeyAlgorithms +rsa-sha2-512,rsa-sha2-256\n") !=
        std::string::npos);
  CHECK(said.out.find("meanwhile: ssh -o HostKeyAlgorithms=+ssh-rsa\n") != std::string::npos);
}

TEST_CASE("forecast: as a document, of all clients unless some are named") {
  const Fleet fleet;
  const auto said = forecast({fleet.results, "--json", "-"});
  const auto document = nlohmann::json::parse(said.out);
  CHECK(document.at("schema") == "fleetscan.forecast/1");
  CHECK(document.at("hosts") == 2);
  CHECK(document.at("untold") == 1);
  CHECK(document.at("clients").size() > 30);
  CHECK(document.at("clients")[0].at("client") == "openssh-10.6");
  CHECK(document.at("clients")[0].at("broken_in") == nlohmann::json{{"host_key", 1}});
  const auto one = forecast({fleet.results, "--client", "openssh-10.6", "--json", "-"});
  const auto groups = nlohmann::json::parse(one.out).at("groups");
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].at("targets") == nlohmann::json{"old:22"});
  CHECK(groups[0].at("broken")[0].at("slot") == "host_key");
}

TEST_CASE("forecast: a table of what breaks") {
  const Fleet fleet;
  const auto said = forecast({fleet.results, "--client", "openssh-10.6,openssh-8.0", "--csv", "-"});
  CHECK(said.status == 0);
  CHECK(said.out ==
        "target,software,client,slot,server,meanwhile\n"
        "old:22,OpenSSH_7.4,openssh-10.6,host_key,\"HostKeyAlgorithms +rsa-sha2-512,rsa-sha2-256\","
        "ssh -o HostKeyAlgorithms=+ssh-rsa\n");
}

TEST_CASE("forecast: whom a type's end would leave without a key") {
  test::TemporaryFiles files;
  const auto results = files.write(
      "results.jsonl",
      commands::results(
          test::nightly_run(1, 4),
          {host("both", {.host_key = "ssh-ed25519,rsa-sha2-512,ssh-rsa"}),
           host("old", {.host_key = "rsa-sha2-256,ssh-rsa"}),
           host("certified", {.host_key = "ssh-ed25519-cert-v01@openssh.com,ssh-ed25519"}),
           host("newer", {.host_key = "ssh-rsa,newer@example.com"})}));
  const auto said = forecast({results, "--client", "openssh-8.0", "--json", "-"});
  const auto keys = nlohmann::json::parse(said.out).at("host_keys");
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] ==
        nlohmann::json{{"type", "ssh-ed25519"}, {"hosts", 2}, {"only", {"certified:22"}}});
  CHECK(keys[1] == nlohmann::json{{"type", "ssh-rsa"}, {"hosts", 3}, {"only", {"old:22"}}});
  CHECK(forecast({results}).out.find("certified:22") != std::string::npos);
}

TEST_CASE("forecast: --fail-if is the status") {
  const Fleet fleet;
  const struct {
    std::string rule;
    int status;
  } cases[] = {
      {"forecast.openssh-10.6.breaks > 0", 1},    {"forecast.openssh-10.6.breaks > 1", 0},
      {"forecast.openssh-10.6.breaks >= 50%", 1}, {"forecast.openssh-10.6.breaks > 50%", 0},
      {"forecast.openssh-8.0.breaks>0", 0},       {"forecast.openssh-8.0.warns > 1", 1},
  };
  for (const auto& [rule, status] : cases) {
    CAPTURE(rule);
    CHECK(forecast({fleet.results, "-q", "--fail-if", rule}).status == status);
  }
}

TEST_CASE("forecast: a client of one's own, as ssh -vv shows it") {
  Fleet fleet;
  const auto log = fleet.files.write("log",
                                     "debug2: local client KEXINIT proposal\n"
                                     "debug2: KEX algorithms: curve25519-sha256\n"
                                     "debug2: host key algorithms: ssh-rsa\n"
                                     "debug2: ciphers ctos: aes128-ctr\n"
                                     "debug2: MACs ctos: hmac-sha2-256\n"
                                     "debug2: compression ctos: none\n");
  const auto said =
      forecast({fleet.results, "--client-kexinit", log, "--fail-if", "forecast.own.breaks == 1"});
  CHECK(said.status == 1);
  CHECK(said.out.find("own                        0         1         1  host_key 1\n") !=
        std::string::npos);
}

TEST_CASE("forecast: what is wrong is all said, with status 2") {
  Fleet fleet;
  const auto empty = fleet.files.write("empty", "nothing\n");
  const auto said = forecast({fleet.results, "--client", "openssh-10.5", "--client-kexinit", empty,
                              "--fail-if", "failing > 0"});
  CHECK(said.status == 2);
  CHECK(said.out.empty());
  CHECK(said.err.find("\"openssh-10.5\": no such client; did you mean openssh-10.") !=
        std::string::npos);
  CHECK(said.err.find("holds no offer of a client") != std::string::npos);
  CHECK(said.err.find("must be forecast.CLIENT.breaks") != std::string::npos);
  CHECK(forecast({fleet.results, "--fail-if", "forecast.nobody.breaks > 0"}).status == 2);
  CHECK(forecast({fleet.results, "--fail-if", "forecast.openssh-8.0.breaks"}).status == 2);
  CHECK(forecast({"/none/such.jsonl"}).status == 2);
  CHECK(forecast({}).status == 2);
}

}  // namespace
}  // namespace fleetscan::commands
