#include "scanner/net/resolver.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "tests/support/dns_server.h"
#include "tests/support/loop.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::net;
using namespace std::chrono_literals;
using test::DnsReply;
using test::Rcode;

namespace {

Address ip(const char* text) { return *Address::parse(text); }

DnsReply zone(const std::string& name) {
  if (name == "both.test") return {Rcode::ok, {ip("10.0.0.1"), ip("::1")}};
  if (name == "four.test") return {Rcode::ok, {ip("10.0.0.4")}};
  if (name == "bare.test") return {};
  if (name == "broken.test") return {Rcode::server_failure};
  if (name == "refused.test") return {Rcode::refused};
  if (name == "silent.test") return {.silent = true};
  if (name.starts_with("web")) return {Rcode::ok, {ip("10.0.1.1")}};
  return {Rcode::no_such_name};
}

DnsReply server_failure(const std::string&) { return {Rcode::server_failure}; }
DnsReply silence(const std::string&) { return {.silent = true}; }

/// Looks names up against a server of its own, until all are resolved.
struct Fixture {
  explicit Fixture(test::DnsServer::Zone answers, ResolverSettings settings = {})
      : server(loop.uv, std::move(answers)) {
    settings.server = DnsServer{ip("127.0.0.1"), server.port()};
    resolver = std::make_unique<Resolver>(loop.uv, settings,
                                          [this](std::uint64_t id, const Resolution& resolution) {
                                            CHECK(resolutions.emplace(id, resolution).second);
                                          });
  }

  void resolve(const std::vector<std::string>& names) {
    for (const auto& name : names) resolver->look_up(next_id++, name);
    CHECK(resolutions.size() <= next_id - names.size());  // never from inside look_up()
    while (resolver->open() > 0) uv_run(&loop.uv, UV_RUN_ONCE);
  }

  [[nodiscard]] std::string text(std::uint64_t id) const {
    const auto& resolution = resolutions.at(id);
    std::string text{to_string(resolution.outcome)};
    for (const auto& address : resolution.addresses) text += " " + address.to_string();
    return text;
  }

  test::Loop loop;
  test::DnsServer server;
  std::map<std::uint64_t, Resolution> resolutions;
  std::unique_ptr<Resolver> resolver;
  std::uint64_t next_id = 0;
};

}  // namespace

TEST_CASE("Resolver: what a name server says") {
  const struct {
    std::string name;
    Families families;
    std::string expected;
  } cases[] = {
      {"four.test", Families::both, "ok 10.0.0.4"},
      {"both.test", Families::v4, "ok 10.0.0.1"},
      {"both.test", Families::v6, "ok ::1"},
      {"four.test", Families::v6, "resolve_no_address"},
      {"bare.test", Families::both, "resolve_no_address"},
      {"nobody.test", Families::both, "resolve_not_found"},
      {"broken.test", Families::both, "resolve_failure"},
      {"refused.test", Families::both, "resolve_failure"},
      {"", Families::both, "resolve_not_found"},
      {"a..b", Families::both, "resolve_not_found"},
      {std::string(70, 'a') + ".test", Families::both, "resolve_not_found"},
  };
  for (const auto& [name, families, expected] : cases) {
    CAPTURE(name);
    Fixture names(zone, {.families = families});
    names.resolve({name, "web.test"});
    CHECK(names.text(0) == expected);
  }
}

TEST_CASE("Resolver: an address that no host has is no answer") {
  const struct {
    std::vector<Address> addresses;
    std::string expected;
  } cases[] = {
      {{ip("0.0.0.0")}, "resolve_suspicious 0.0.0.0"},
      {{ip("::")}, "resolve_suspicious ::"},
      {{ip("169.254.169.254")}, "resolve_suspicious 169.254.169.254"},
      {{ip("224.0.0.1"), ip("255.255.255.255")}, "resolve_suspicious 224.0.0.1 255.255.255.255"},
      {{ip("::ffff:169.254.169.254")}, "resolve_suspicious ::ffff:169.254.169.254"},
      {{ip("10.0.0.1"), ip("0.0.0.0"), ip("ff02::1")}, "ok 10.0.0.1"},
      {{ip("127.0.0.1")}, "ok 127.0.0.1"},  // of this machine, says a name server of this machine
  };
  for (const auto& [addresses, expected] : cases) {
    CAPTURE(expected);
    Fixture names([&](const std::string&) { return DnsReply{Rcode::ok, addresses}; });
    names.resolve({"odd.test"});
    CHECK(names.text(0) == expected);
  }
}

TEST_CASE("Resolver: gives both families, and the look-up's time") {
  Fixture names(zone);
  names.resolve({"both.test"});
  CHECK(names.resolutions.at(0).addresses.size() == 2);
  CHECK(names.resolutions.at(0).took > 0us);
}

TEST_CASE("Resolver: asks once for each distinct name") {
  Fixture names(zone);
  names.resolve({"web1.test", "web2.test", "WEB1.test", "web1.test"});
  names.resolve({"web1.test", "nobody.test"});
  names.resolve({"nobody.test"});
  CHECK(names.resolutions.size() == 7);
  CHECK(names.text(4) == "ok 10.0.1.1");
  CHECK(names.server.asked == std::map<std::string, int>{{"nobody.test A", 1},
                                                         {"nobody.test AAAA", 1},
                                                         {"web1.test A", 1},
                                                         {"web1.test AAAA", 1},
                                                         {"web2.test A", 1},
                                                         {"web2.test AAAA", 1}});
}

TEST_CASE("Resolver: thousands of names, few questions at a time") {
  Fixture names(zone, {.families = Families::v4, .in_flight = 50});
  std::vector<std::string> many;
  for (int i = 0; i < 5000; ++i) many.push_back("web" + std::to_string(i) + ".test");
  names.resolve(many);
  CHECK(names.server.asked.size() == 5000);
  for (std::uint64_t id = 0; id < 5000; ++id) REQUIRE(names.text(id) == "ok 10.0.1.1");
}

TEST_CASE("Resolver: a resolver that fails for every name is to blame, not the names") {
  Fixture names(server_failure);
  names.resolve({"a.test", "b.test", "c.test"});
  for (std::uint64_t id = 0; id < 3; ++id) CHECK(names.text(id) == "scanner_resolver");
}

TEST_CASE("Resolver: a name server that fails for a name has spoken, and is not asked on and on") {
  Fixture names(zone, {.families = Families::v4, .patience = 10s});
  names.resolve({"web1.test", "broken.test", "refused.test"});
  CHECK(names.text(0) == "ok 10.0.1.1");
  CHECK(names.text(1) == "resolve_failure");
  CHECK(names.text(2) == "resolve_failure");
  CHECK(names.server.asked["broken.test A"] <= 8);
  CHECK(names.server.asked["refused.test A"] <= 8);
}

TEST_CASE("Resolver: one answer that is cut short costs no other name anything") {
  Fixture names([](const std::string& name) -> DnsReply {
    if (name == "long.test") return {.truncated = true};
    if (name == "part.test") return {.addresses = {ip("10.0.0.5")}, .truncated = true};
    return {Rcode::ok, {ip("10.0.1.1")}};
  });
  std::vector<std::string> many{"long.test", "part.test"};
  for (int i = 0; i < 200; ++i) many.push_back("web" + std::to_string(i) + ".test");
  names.resolve(many);
  CHECK(names.text(0) == "resolve_failure");
  CHECK(names.text(1) == "ok 10.0.0.5");
  for (std::uint64_t id = 2; id < 202; ++id) REQUIRE(names.text(id) == "ok 10.0.1.1");
}

TEST_CASE("Resolver: a name server that is away for a while costs no name") {
  test::Loop loop;
  std::optional<test::DnsServer> server;
  const auto answers = [](const std::string&) { return DnsReply{Rcode::ok, {ip("10.0.1.1")}}; };
  std::uint16_t port = 0;
  {
    test::DnsServer first(loop.uv, answers);
    port = first.port();
  }
  uv_run(&loop.uv, UV_RUN_NOWAIT);
  ResolverSettings settings{.server = DnsServer{ip("127.0.0.1"), port}, .patience = 10s};
  std::map<std::uint64_t, std::string> outcomes;
  Resolver resolver(loop.uv, settings, [&](std::uint64_t id, const Resolution& resolution) {
    outcomes[id] = to_string(resolution.outcome);
  });
  for (std::uint64_t id = 0; id < 3; ++id) resolver.look_up(id, "web" + std::to_string(id));
  const auto back = steady_now() + 1500ms;
  while (resolver.open() > 0) {
    if (!server && steady_now() >= back) server.emplace(loop.uv, answers, 0ms, port);
    uv_run(&loop.uv, UV_RUN_ONCE);
  }
  CHECK(outcomes == std::map<std::uint64_t, std::string>{{0, "ok"}, {1, "ok"}, {2, "ok"}});
}

TEST_CASE("Resolver: a silent name is to blame where the name server answers for others still") {
  Fixture names(zone, {.families = Families::v4, .patience = 100ms});
  names.resolve({"web1.test", "silent.test"});
  CHECK(names.text(0) == "ok 10.0.1.1");
  CHECK(names.text(1) == "resolve_failure");
}

TEST_CASE("Resolver: a name server that went away is to blame, not what it had been asked for") {
  bool away = false;
  Fixture names(
      [&](const std::string& name) -> DnsReply {
        if (away) return {.silent = true};
        away = name == "last.test";
        return zone(name == "last.test" ? "web1.test" : name);
      },
      {.families = Families::v4, .dead_after = 200ms, .patience = 100ms});
  names.resolve({"web1.test", "last.test", "web2.test", "web3.test"});
  CHECK(names.text(0) == "ok 10.0.1.1");
  CHECK(names.text(1) == "ok 10.0.1.1");
  CHECK(names.text(2) == "scanner_resolver");
  CHECK(names.text(3) == "scanner_resolver");
}

TEST_CASE("Resolver: no address of one family says nothing about the other") {
  Fixture names(
      [](const std::string& name) -> DnsReply {
        if (name == "half.test") return {.addresses = {ip("10.0.0.1")}, .silent_v4 = true};
        return {Rcode::ok, {ip("10.0.1.1")}};
      },
      {.patience = 100ms});
  names.resolve({"web1.test", "half.test"});
  CHECK(names.text(0) == "ok 10.0.1.1");
  CHECK(names.text(1) == "resolve_failure");
}

TEST_CASE("Resolver: a dead resolver is found out once, not name by name") {
  Fixture names(silence, {.in_flight = 2, .dead_after = 200ms});
  names.resolve({"a.test", "b.test", "c.test", "d.test"});
  const auto asked = names.server.asked;
  CHECK(asked.size() <= 4);  // two names, two families each
  names.resolve({"e.test"});
  CHECK(names.server.asked == asked);
  for (std::uint64_t id = 0; id < 5; ++id) CHECK(names.text(id) == "scanner_resolver");
}

TEST_CASE("Resolver: nothing listens at the server's port") {
  Fixture names(silence);
  ResolverSettings settings;
  {
    test::DnsServer gone(names.loop.uv, silence);
    settings.server = DnsServer{ip("127.0.0.1"), gone.port()};
  }
  uv_run(&names.loop.uv, UV_RUN_NOWAIT);
  std::string outcome;
  Resolver resolver(names.loop.uv, settings, [&](std::uint64_t, const Resolution& resolution) {
    outcome = to_string(resolution.outcome);
  });
  resolver.look_up(1, "a.test");
  while (resolver.open() > 0) uv_run(&names.loop.uv, UV_RUN_ONCE);
  CHECK(outcome == "scanner_resolver");
}

TEST_CASE("Resolver: a socket that cannot be watched is looked at now and then") {
  Fixture names(zone);
  // The loop refuses to watch what it believes to watch already: a descriptor closed behind its
  // back, whose number the name server's socket gets next.
  const int number = dup(STDIN_FILENO);
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  REQUIRE(dup2(ends[0], number) == number);
  const auto stale = make_poll(names.loop.uv, nullptr, number);
  REQUIRE(stale);
  uv_poll_start(stale.get(), UV_READABLE, [](uv_poll_t*, int, int) {});
  uv_run(&names.loop.uv, UV_RUN_NOWAIT);
  CHECK_FALSE(make_poll(names.loop.uv, nullptr, number));
  CHECK(errno == EEXIST);
  close(number);
  names.resolver->look_up(names.next_id++, "four.test");
  CHECK(fcntl(number, F_GETFD) >= 0);  // it has that number
  names.resolve({"nobody.test"});
  CHECK(names.text(0) == "ok 10.0.0.4");
  CHECK(names.text(1) == "resolve_not_found");
  for (const int end : ends) close(end);
}

TEST_CASE("Resolver: /etc/hosts, in both ways") {
  for (const bool system : {false, true}) {
    CAPTURE(system);
    Fixture names(zone, {.system = system, .families = Families::v4});
    names.resolve({"localhost"});
    CHECK(names.text(0) == "ok 127.0.0.1");
    CHECK(names.server.asked.empty());
  }
}

TEST_CASE("Resolver: destroyed with questions open, it calls nothing back") {
  for (const bool system : {false, true}) {
    CAPTURE(system);
    Fixture names(silence, {.system = system});
    for (int turns = 0; turns < 3; ++turns) {
      names.resolver->look_up(1, "localhost");
      names.resolver->look_up(2, "silent.invalid");
    }
    names.resolver.reset();
    for (int turns = 0; turns < 3; ++turns) uv_run(&names.loop.uv, UV_RUN_NOWAIT);
    CHECK(names.resolutions.empty());
  }
}
