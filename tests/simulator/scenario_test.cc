#include "tests/simulator/scenario.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace fleetscan::simulator {
namespace {

using namespace std::chrono_literals;

Scenario parse(std::string_view text) { return Scenario::parse(text, "s.txt"); }

const Rule& rule_for(const Scenario& scenario, std::string_view address, std::uint16_t port = 22) {
  return scenario.find(Address::parse(address).value(), port);
}

TEST_CASE("the longest prefix wins, whatever the order of lines") {
  const auto scenario = parse(
      "127.0.0.0/8 silent\n"
      "127.1.2.3 close   # one host\n"
      "127.1.0.0/16 throttled\n"
      "\n"
      "[::1]:2200 smtp\n"
      "[::1]:2201 silent\n");
  REQUIRE(scenario.errors().empty());
  CHECK(rule_for(scenario, "127.1.2.3").behavior->name == "close");
  CHECK(rule_for(scenario, "127.1.2.4").behavior->name == "throttled");
  CHECK(rule_for(scenario, "127.9.9.9").behavior->name == "silent");
  CHECK(rule_for(scenario, "::1", 2200).behavior->name == "smtp");
  CHECK(rule_for(scenario, "::1", 2201).behavior->name == "silent");
  CHECK(scenario.v6_ports() == std::vector<std::uint16_t>{2200, 2201});
}

TEST_CASE("without rules every host is healthy") {
  const auto scenario = parse("# nothing\n");
  CHECK(scenario.errors().empty());
  CHECK(rule_for(scenario, "127.255.1.1").behavior->name == "healthy");
}

TEST_CASE("errors name file, line and remedy") {
  struct Case {
    std::string line, error;
  };
  // clang-format off
  const Case cases[] = {
      {"127.0.0.1", "no behavior; name one, e.g. healthy"},
      {"127.0.0.0/33 healthy", "\"127.0.0.0/33\": give an IPv4 prefix like 127.1.0.0/16, or [::1]:PORT"},
      {"2001:db8::/32 healthy", "\"2001:db8::/32\": give an IPv4 prefix like 127.1.0.0/16, or [::1]:PORT"},
      {"[::1]:0 healthy", "\"[::1]:0\": give an IPv4 prefix like 127.1.0.0/16, or [::1]:PORT"},
      {"[::1]:65536 healthy", "\"[::1]:65536\": give an IPv4 prefix like 127.1.0.0/16, or [::1]:PORT"},
      {"127.0.0.1 healty", "unknown behavior \"healty\"; --list-behaviors shows all"},
      {"127.0.0.1 connect_refused", "connect_refused is possible only for [::1]:PORT; scan a port that nobody listens on instead"},
      {"127.0.0.1 close fast", "\"fast\": give options as key=value"},
      {"127.0.0.1 close dealy=1s", "unknown key \"dealy\"; remove it"},
      {"127.0.0.1 close delay=soon", "delay=soon: give a time like 2.5s, 20ms or 0"},
      {"127.0.0.1 close reason=3", "close does not take reason; remove it"},
      {"127.0.0.1 connect_timeout latency=1s", "connect_timeout does not take latency; remove it"},
      {"127.0.0.1 healthy hostkey=dsa", "hostkey=dsa: give ed25519, rsa, ecdsa or several with commas"},
      {"127.0.0.1 healthy profile=openssh-99", "profile=openssh-99: give a profile's name, e.g. openssh-9.2"},
      {"127.0.0.1 healthy probability=1.5", "probability=1.5: give a number from 0 to 1"},
      {"127.0.0.1 healthy fail_first=1", "fail= and fail_first= belong together; give both or none"},
      {"127.0.0.1 healthy fail_first=1 fail=connect_timeout", "fail=connect_timeout is nothing that a connection can do; name another"},
      {"127.0.0.1 throttled text=\"a", "unclosed quote or unknown escape; use \"...\" with \\\\ \\\" \\r \\n \\t \\0 \\xHH"},
      {"127.0.0.1 throttled text=\"\\q\"", "unclosed quote or unknown escape; use \"...\" with \\\\ \\\" \\r \\n \\t \\0 \\xHH"},
      {"127.3.0.0/16 close", "this host or prefix has a rule in line 1; remove one"},
  };
  // clang-format on
  for (const auto& [line, error] : cases) {
    CAPTURE(line);
    const auto scenario = parse("127.3.0.0/16 healthy\n" + line + "\n");
    REQUIRE(scenario.errors().size() == 1);
    CHECK(scenario.errors().front() == "s.txt:2: " + error);
  }
}

TEST_CASE("all errors are reported, in the order of lines") {
  const auto scenario = parse("x\n127.0.0.1 healthy\ny\n");
  REQUIRE(scenario.errors().size() == 2);
  CHECK(scenario.errors()[0].starts_with("s.txt:1: "));
  CHECK(scenario.errors()[1].starts_with("s.txt:3: "));
}

TEST_CASE("words") {
  using Words = std::vector<std::string>;
  CHECK(words("  a\tb  # c").value() == Words{"a", "b"});
  CHECK(words("text=\"a b#\\x1b\\r\\n\\0\\\"\\\\\" c#d").value() ==
        Words{std::string("text=a b#\x1b\r\n\0\"\\", 15), "c#d"});
  CHECK(words("kex=\"\"").value() == Words{"kex="});
  CHECK(words("").value().empty());
  CHECK(words("\"\\x1\"") == std::nullopt);
}

TEST_CASE("durations") {
  CHECK(parse_duration("2.5s") == 2500ms);
  CHECK(parse_duration("20ms") == 20ms);
  CHECK(parse_duration("300us") == 300us);
  CHECK(parse_duration("3") == 3s);
  CHECK(parse_duration("0") == 0s);
  CHECK(parse_duration("86400") == 24h);
  for (const auto* text : {"", "s", "-1s", "1h", "1 s", "nan", "inf", "86401", "1e400"}) {
    CAPTURE(std::string(text));
    CHECK(parse_duration(text) == std::nullopt);
  }
}

TEST_CASE("the first connections fail, chance decides about the others") {
  const auto scenario = parse(
      "127.0.0.1 healthy fail=close fail_first=2\n"
      "127.0.0.2 throttled probability=0.25\n");
  REQUIRE(scenario.errors().empty());
  const auto& flaky = rule_for(scenario, "127.0.0.1");
  CHECK(&Scenario::script_for(flaky, 0, 0.5) == &flaky.failing);
  CHECK(&Scenario::script_for(flaky, 1, 0.5) == &flaky.failing);
  CHECK(&Scenario::script_for(flaky, 2, 0.5) == &flaky.script);
  const auto& busy = rule_for(scenario, "127.0.0.2");
  CHECK(&Scenario::script_for(busy, 0, 0.24) == &busy.script);
  CHECK(&Scenario::script_for(busy, 0, 0.25) == &busy.healthy);
}

TEST_CASE("every behavior can be named, and every script comes to an end") {
  for (const auto& behavior : behaviors()) {
    const std::string name(behavior.name);
    CAPTURE(name);
    const auto scenario = parse("[::1]:2200 " + name + "\n");
    REQUIRE(scenario.errors().empty());
    if (behavior.by != Behavior::By::script) continue;
    using Kind = Step::Kind;
    const auto& steps = rule_for(scenario, "::1", 2200).script.steps;
    REQUIRE(!steps.empty());
    const auto last = steps.back().kind;
    const bool ends = last == Kind::farewell || last == Kind::again || last == Kind::hold ||
                      last == Kind::finish || last == Kind::close || last == Kind::reset;
    CHECK(ends);
  }
}

TEST_CASE("key=N chooses another host key") {
  const auto scenario = parse("127.0.0.1 healthy key=1");
  CHECK(rule_for(scenario, "127.0.0.1").script.server->host_keys.front()->blob() !=
        rule_for(scenario, "127.0.0.2").script.server->host_keys.front()->blob());
}

}  // namespace
}  // namespace fleetscan::simulator
