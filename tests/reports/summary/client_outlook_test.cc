#include "reports/summary/client_outlook.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"
#include "tests/support/host_result.h"
#include "tests/support/kexinit_payload.h"

using namespace fleetscan;
using namespace fleetscan::summary;
using probe::Outcome;

namespace {

probe::HostResult offering(const std::string& name, const test::Offer& offer) {
  auto result = test::host_result(name, Outcome::ok, {"", "SSH-2.0-OpenSSH_9.2"});
  result.attempts[0].evidence.kexinit = std::make_shared<const ssh::Kexinit>(test::kexinit(offer));
  return result;
}

const ClientLoss& row_of(const ClientOutlook& outlook, std::string_view id) {
  const auto found = std::ranges::find(outlook.clients(), id,
                                       [](const ClientLoss& row) { return row.client->id; });
  REQUIRE(found != outlook.clients().end());
  return *found;
}

}  // namespace

TEST_CASE(
    "ClientOutlook: hosts that a client loses, by name up to a limit, and what is not known") {
  ClientOutlook outlook;
  outlook.add(test::host_result("gone", Outcome::connect_timeout));
  CHECK(outlook.clients().empty());
  for (int i = 7; i >= 0; --i)
    outlook.add(offering("old" + std::to_string(i), {.host_key = "ssh-rsa"}));
  outlook.add(offering("modern", {.kex = "mlkem768x25519-sha256", .host_key = "ssh-ed25519"}));
  CHECK(outlook.told() == 9);
  CHECK(outlook.untold() == 1);
  CHECK(outlook.clients().size() == ssh::client_profiles().size());
  const auto& newest = row_of(outlook, "openssh-10.6");
  CHECK(newest.breaks == 8);
  CHECK(newest.connects == 1);
  CHECK(newest.broken_in[static_cast<std::size_t>(ssh::Slot::host_key)] == 8);
  CHECK(newest.examples.size() == ClientOutlook::kExamples);
  CHECK(newest.examples.front() == "old0:22");
  CHECK(newest.examples.back() == "old5:22");
  const auto& old = row_of(outlook, "openssh-7.4");
  CHECK(old.breaks == 1);
  CHECK(old.warns == 8);
  CHECK(old.examples == std::vector<std::string>{"modern:22"});
}

TEST_CASE("ClientOutlook: the newest version of each client that loses hosts, most of them first") {
  ClientOutlook outlook;
  CHECK(outlook.newest_losing().empty());
  outlook.add(offering("old", {.host_key = "ssh-rsa"}));
  outlook.add(offering("modern", {.kex = "mlkem768x25519-sha256", .host_key = "ssh-ed25519"}));
  std::vector<std::string_view> ids;
  std::uint64_t last = 2;
  for (const auto* row : outlook.newest_losing()) {
    ids.push_back(row->client->id);
    CHECK(row->breaks > 0);
    CHECK(row->breaks <= last);
    last = row->breaks;
  }
  const auto has = [&](std::string_view id) { return std::ranges::count(ids, id) == 1; };
  CHECK(has("openssh-10.6"));
  CHECK(has("libssh2-1.11.1"));  // another product than libssh
  CHECK_FALSE(has("openssh-7.4"));
  CHECK_FALSE(has("libssh-0.9"));
}

TEST_CASE("ClientOutlook: as many kinds of servers as anybody likes") {
  ClientOutlook outlook;
  const auto count = ClientOutlook::kKinds + 10;
  for (std::size_t i = 0; i < count; ++i)
    outlook.add(offering("h", {.host_key = "ssh-rsa,x" + std::to_string(i)}));
  CHECK(row_of(outlook, "openssh-10.6").breaks == count);
}
