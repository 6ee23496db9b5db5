#include "scanner/plan/scan_cost.h"

#include <doctest/doctest.h>

namespace fleetscan::plan {
namespace {

using std::chrono_literals::operator""s;

inventory::Target at(const std::string& address) {
  return {.host = address, .address = Address::parse(address)};
}

plan::ScanCost cost_of(const std::vector<inventory::Target>& targets,
                       const plan::ScanLimits& limits,
                       std::optional<std::chrono::milliseconds> deadline = {}) {
  const probe::ProbeSettings probe{.connect_timeout = 1s, .banner_timeout = 2s, .kex_timeout = 3s};
  plan::ScanCostCounter counter(limits, probe);
  for (const auto& target : targets) counter.add(target);
  return counter.cost(deadline);
}

TEST_CASE("ScanCost: counts what is probed, named, skipped, and who shares a subnet") {
  const auto cost = cost_of({at("10.0.0.1"),
                             at("10.0.0.2"),
                             at("10.0.1.1"),
                             at("2001:db8::1"),
                             {.host = "web01"},
                             {.host = "far", .skip_reason = "behind a ProxyJump"}},
                            {});
  CHECK(cost.targets == 5);
  CHECK(cost.names == 1);
  CHECK(cost.skipped == 1);
  CHECK(cost.subnets == 3);
  CHECK(cost.largest_subnet == 2);
  CHECK(cost.connections_at_least == 5);
  CHECK(cost.connections_at_most == 15);
  CHECK(cost.in_flight == 5);
}

TEST_CASE("ScanCost: the worst is that no host says a word, each time it is asked") {
  std::vector<inventory::Target> subnet;
  for (int i = 0; i < 10; ++i) subnet.push_back(at("10.0.0." + std::to_string(i)));
  plan::ScanLimits limits{.concurrency = 4, .per_subnet = 100, .retry = {.retries = 0}};
  CHECK(cost_of(subnet, limits).worst_duration == 3 * 6s);
  limits.per_subnet = 2;
  CHECK(cost_of(subnet, limits).worst_duration == 5 * 6s);
  limits.retry.retries = 1;
  limits.patience = 15s;
  CHECK(cost_of(subnet, limits).worst_duration == 2 * 5 * 6s + 15s);
  limits.retry.connections = 1;
  CHECK(cost_of(subnet, limits).worst_duration == 5 * 6s + 15s);
  CHECK(cost_of(subnet, limits, 7s).worst_duration == 7s);
  limits.rate = 0.1;
  CHECK(cost_of(subnet, limits).worst_duration == 100s + 6s + 15s);
}

TEST_CASE("ScanCost: nothing costs nothing") {
  CHECK(cost_of({}, {.retry = {.retries = 0}}).worst_duration == 0s);
}

}  // namespace
}  // namespace fleetscan::plan
