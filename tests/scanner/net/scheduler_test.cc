#include "scanner/net/scheduler.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "tests/simulator/host_key.h"
#include "tests/support/dns_server.h"
#include "tests/support/fleet_thread.h"
#include "tests/support/loop.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::net;
using namespace std::chrono_literals;
using test::DnsReply;
using test::Rcode;

namespace {

class Listed : public TargetSource {
 public:
  explicit Listed(std::vector<Target> targets) : targets_(std::move(targets)) {}
  std::optional<Target> next() override {
    if (given_ == targets_.size()) return std::nullopt;
    return targets_[given_++];
  }
  [[nodiscard]] std::uint64_t size() const override { return targets_.size(); }

 private:
  std::vector<Target> targets_;
  std::size_t given_ = 0;
};

DnsReply zone(const std::string& name) {
  if (name == "web.test") return {Rcode::ok, {*Address::parse("127.9.0.1")}};
  if (name == "off-limits.test") return {Rcode::ok, {*Address::parse("127.9.9.9")}};
  if (name == "broken.test") return {Rcode::server_failure};
  return {Rcode::no_such_name};
}

/// One scan of a simulated fleet, with a name server of its own.
struct Scan {
  explicit Scan(std::string_view scenario, const test::DnsServer::Zone& names = zone)
      : fleet(scenario), server(loop.uv, names) {
    REQUIRE(fleet.errors().empty());
    settings.probe = {.depth = Depth::banner,
                      .connect_timeout = 1s,
                      .banner_timeout = 500ms,
                      .kex_timeout = 500ms,
                      .ident = "SSH-2.0-test"};
    settings.limits.patience = 2500ms;
    settings.resolver.server = DnsServer{*Address::parse("127.0.0.1"), server.port()};
    hooks.result = [this](const HostResult& result) {
      CHECK(results.emplace(result.target.name(), result).second);
    };
    hooks.done = [this] { done = true; };
  }

  void add(const std::string& host, std::uint16_t port = 0) {
    targets.push_back(
        {.host = host, .port = port != 0 ? port : fleet.port(), .address = Address::parse(host)});
  }

  void start() {
    source.emplace(targets);
    scheduler.emplace(loop.uv, *source, settings, directory, hooks);
  }
  void run() {
    if (!scheduler) start();
    while (!done) uv_run(&loop.uv, UV_RUN_ONCE);
    CHECK(results.size() == targets.size());
  }

  [[nodiscard]] const HostResult& result(const std::string& host) const {
    return results.at(host_and_port(host, fleet.port()));
  }
  [[nodiscard]] std::string outcome(const std::string& host) const {
    return std::string{to_string(result(host).outcome)};
  }

  test::Loop loop;
  test::FleetThread fleet;
  test::DnsServer server;
  ScanSettings settings;
  HostDirectory directory;
  ScanHooks hooks;
  std::vector<Target> targets;
  std::map<std::string, HostResult> results;
  bool done = false;
  std::optional<Listed> source;
  std::optional<Scheduler> scheduler;
};

/// A line of known_hosts with the simulator's key of that number.
std::string known_host(const std::string& marker, const std::string& host, std::uint16_t port,
                       unsigned number) {
  const simulator::HostKey key(simulator::KeyType::ed25519, number);
  return marker + '[' + host + "]:" + std::to_string(port) + " ssh-ed25519 " +
         encode_base64(key.blob()) + '\n';
}

}  // namespace

TEST_CASE("Scheduler: names and literals, each with its own end") {
  Scan scan(
      "127.9.0.2/32 close delay=0.05\n"
      "127.9.0.3/32 healthy fail=throttled fail_first=1\n"
      "127.9.0.0/16 healthy\n");
  for (const auto* host :
       {"127.9.0.1", "127.9.0.2", "127.9.0.3", "web.test", "nobody.test", "off-limits.test"})
    scan.add(host);
  scan.targets.push_back(
      {.host = "jump.test", .port = scan.fleet.port(), .skip_reason = "behind a ProxyJump"});
  const auto loaded = load_inventory({.targets = {"127.9.0.1"}, .excludes = {"127.9.9.9"}});
  scan.directory.inventory = loaded.inventory.get();
  scan.run();
  CHECK(scan.outcome("127.9.0.1") == "ok");
  CHECK(scan.outcome("127.9.0.2") == "banner_closed_after_start");
  CHECK(scan.result("127.9.0.2").attempts.size() == 2);
  CHECK(scan.outcome("127.9.0.3") == "ok_after_retry");
  CHECK(scan.outcome("web.test") == "ok");
  CHECK(scan.result("web.test").resolve.has_value());
  CHECK(scan.outcome("nobody.test") == "resolve_not_found");
  CHECK(scan.outcome("off-limits.test") == "skipped");
  CHECK(scan.result("off-limits.test").note == "excluded by \"127.9.9.9\"");
  CHECK(scan.outcome("jump.test") == "skipped");
  CHECK_FALSE(scan.scheduler->stopped());
}

TEST_CASE("Scheduler: a name server's failure is asked about once more") {
  int questions = 0;
  const auto recovers = [&](const std::string& name) -> DnsReply {
    if (name != "broken.test") return zone(name);
    return ++questions <= 2 * 2 ? DnsReply{Rcode::server_failure}  // A and AAAA, in two rounds
                                : DnsReply{Rcode::ok, {*Address::parse("127.9.0.1")}};
  };
  Scan scan("127.9.0.0/16 healthy\n", recovers);
  scan.settings.limits.patience = 5s;
  scan.add("broken.test");
  scan.add("web.test");
  scan.run();
  CHECK(scan.outcome("broken.test") == "ok");
}

TEST_CASE("Scheduler: no name is blamed for a dead resolver") {
  Scan scan("", [](const std::string&) { return DnsReply{Rcode::server_failure}; });
  scan.add("a.test");
  scan.add("b.test");
  scan.run();
  CHECK(scan.outcome("a.test") == "scanner_resolver");
  CHECK(scan.outcome("b.test") == "scanner_resolver");
}

TEST_CASE("Scheduler: a proved key is held against what is known") {
  Scan scan("127.9.0.0/16 healthy hostkey=ed25519 key=1\n");
  scan.settings.probe.depth = Depth::kex;
  for (const auto* host : {"127.9.0.1", "127.9.0.2", "127.9.0.3", "127.9.0.4"}) scan.add(host);
  KnownHosts known_hosts;
  InputErrors errors;
  known_hosts.add(known_host("", "127.9.0.1", scan.fleet.port(), 1) +
                      known_host("", "127.9.0.2", scan.fleet.port(), 2) +
                      known_host("@revoked ", "127.9.0.3", scan.fleet.port(), 1),
                  "known_hosts", errors);
  REQUIRE(known_hosts.size() == 3);
  scan.directory.known_hosts = &known_hosts;
  scan.run();
  CHECK(scan.outcome("127.9.0.1") == "ok");
  CHECK(scan.result("127.9.0.1").attempts[0].evidence.host_key->known == Known::match);
  CHECK(scan.outcome("127.9.0.2") == "host_key_changed");
  CHECK(scan.result("127.9.0.2").attempts[0].evidence.host_key->known == Known::changed);
  CHECK(scan.outcome("127.9.0.3") == "host_key_changed");
  CHECK(scan.result("127.9.0.3").attempts[0].evidence.host_key->known == Known::revoked);
  CHECK(scan.outcome("127.9.0.4") == "ok");
  CHECK(scan.result("127.9.0.4").attempts[0].evidence.host_key->known == Known::unknown);
}

TEST_CASE("Scheduler: stopped, it lets what is in flight finish and reports the rest") {
  Scan scan(
      "127.9.0.0/16 healthy latency=100ms\n"
      "127.8.0.0/16 tarpit\n",
      [](const std::string&) { return DnsReply{.silent = true}; });
  scan.settings.probe.banner_timeout = 1h;
  scan.settings.limits.concurrency = 20;
  for (int i = 1; i <= 10; ++i) scan.add("127.9.0." + std::to_string(i));
  for (int i = 1; i <= 10; ++i) scan.add("127.8.0." + std::to_string(i));
  for (int i = 1; i <= 300; ++i)
    scan.add("127.9.1." + std::to_string(i % 255), static_cast<std::uint16_t>(1000 + i));
  scan.add("silent.test");
  scan.start();
  while (scan.fleet.statistics().connections() < 20) uv_run(&scan.loop.uv, UV_RUN_ONCE);
  scan.scheduler->stop("interrupted");
  scan.run();
  CHECK(scan.scheduler->stopped());
  CHECK(scan.outcome("127.9.0.1") == "ok");
  CHECK(scan.outcome("127.8.0.1") == "not_probed");
  CHECK(scan.result("127.8.0.1").note == "broken off: interrupted");
  CHECK(scan.outcome("silent.test") == "not_probed");
  CHECK(scan.result("silent.test").note == "interrupted");
}

TEST_CASE("Scheduler: a deadline that passes stops it, too") {
  Scan scan("127.8.0.0/16 silent\n");
  scan.settings.limits.deadline = TimePoint::clock::now() + 300ms;
  scan.settings.limits.concurrency = 2;
  for (int i = 1; i <= 6; ++i) scan.add("127.8.0." + std::to_string(i));
  scan.run();
  CHECK(scan.scheduler->stopped());
  CHECK(scan.result("127.8.0.6").note == "the deadline passed");
}

TEST_CASE("Scheduler: plans on one thread what four others probe") {
  Scan scan("127.9.1.0/26 throttled\n127.9.0.0/16 healthy\n");
  scan.settings.probe.depth = Depth::kex;
  scan.settings.probe.kex_timeout = 20s;
  scan.settings.probe.connect_timeout = scan.settings.probe.banner_timeout = 10s;
  scan.settings.threads = 4;
  scan.settings.limits.retry.retries = 0;
  for (int i = 0; i < 200; ++i) scan.add("127.9.1." + std::to_string(i));
  scan.run();
  for (int i = 0; i < 200; ++i)
    CHECK(scan.outcome("127.9.1." + std::to_string(i)) == (i < 64 ? "banner_throttled" : "ok"));
}

TEST_CASE("Scheduler: starts nothing while results pile up") {
  Scan scan("127.9.0.0/16 healthy\n");
  int asked = 0;
  scan.hooks.hold = [&] { return ++asked <= 5; };
  scan.hooks.result = [&](const HostResult& result) {
    CHECK(asked > 5);
    CHECK(scan.results.emplace(result.target.name(), result).second);
  };
  scan.add("127.9.0.1");
  scan.add("127.9.0.2");
  scan.start();
  while (asked <= 5) {
    CHECK(scan.fleet.statistics().connections() == 0);
    uv_run(&scan.loop.uv, UV_RUN_ONCE);
  }
  scan.run();
  CHECK(scan.outcome("127.9.0.1") == "ok");
  CHECK(scan.outcome("127.9.0.2") == "ok");
}

TEST_CASE("Scheduler: one address, one rule, however it is written") {
  Scan scan("127.9.0.0/16 healthy\n127.0.0.1/32 healthy\n",
            [](const std::string& name) -> DnsReply {
              if (name == "mapped.test") return {Rcode::ok, {*Address::parse("::ffff:127.9.9.9")}};
              if (name == "open.test") return {Rcode::ok, {*Address::parse("::ffff:127.9.0.1")}};
              return {Rcode::ok, {*Address::parse("0.0.0.0")}};
            });
  for (const auto* host : {"mapped.test", "open.test", "sink.test", "0.0.0.0"}) scan.add(host);
  const auto loaded = load_inventory({.targets = {"127.9.0.1"}, .excludes = {"127.9.9.9"}});
  scan.directory.inventory = loaded.inventory.get();
  scan.run();
  CHECK(scan.outcome("mapped.test") == "skipped");
  CHECK(scan.outcome("open.test") == "ok");
  CHECK(scan.result("open.test").target.address == Address::parse("127.9.0.1"));
  CHECK(scan.outcome("sink.test") == "resolve_suspicious");
  CHECK(scan.result("sink.test").note == "resolves to 0.0.0.0, the unspecified address");
  CHECK(scan.outcome("0.0.0.0") == "ok");  // listed literally
}

TEST_CASE("Scheduler: each address of a name counts as a target") {
  Scan scan("127.9.0.0/16 healthy\n", [](const std::string&) {
    DnsReply reply{Rcode::ok, {}};
    for (int i = 1; i <= 9; ++i)
      reply.addresses.push_back(*Address::parse("127.9.0." + std::to_string(i)));
    return reply;
  });
  scan.settings.resolver.all_addresses = true;
  scan.settings.max_targets = 12;
  scan.add("a.test");
  scan.add("b.test");
  scan.start();
  while (!scan.done) uv_run(&scan.loop.uv, UV_RUN_ONCE);
  std::map<std::string, int> classes;
  for (const auto& [name, result] : scan.results) ++classes[std::string{to_string(result.outcome)}];
  CHECK(classes == std::map<std::string, int>{{"not_probed", 6}, {"ok", 12}});
}

TEST_CASE("Scheduler: a literal of a family that is not asked for") {
  Scan scan("127.9.0.0/16 healthy\n");
  scan.settings.resolver.families = Families::v4;
  scan.add("127.9.0.1");
  scan.add("::1");
  scan.run();
  CHECK(scan.outcome("127.9.0.1") == "ok");
  CHECK(scan.outcome("::1") == "resolve_no_address");
}

TEST_CASE("Scheduler: nothing to scan") {
  Scan scan("");
  scan.run();
  CHECK(scan.results.empty());
}

TEST_CASE("Scheduler: destroyed in the middle, it calls nothing back") {
  for (int turns = 0; turns < 4; ++turns) {
    CAPTURE(turns);
    Scan scan("127.9.0.0/16 silent\n");
    scan.add("127.9.0.1");
    scan.add("web.test");
    scan.start();
    for (int i = 0; i < turns; ++i) uv_run(&scan.loop.uv, UV_RUN_NOWAIT);
    scan.scheduler.reset();
    for (int i = 0; i < 3; ++i) uv_run(&scan.loop.uv, UV_RUN_NOWAIT);
    CHECK(scan.results.empty());
    CHECK_FALSE(scan.done);
  }
}
