#include "commands/command_line.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/exit_status.h"
#include "commands/option_values.h"
#include "commands/subcommand_lines.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::net;
using namespace fleetscan::commands;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

Options good(const std::string& line) {
  const auto parsed = parse_options(words(line));
  if (const auto* instead = std::get_if<Instead>(&parsed)) FAIL(instead->text);
  return std::get<Options>(parsed);
}

}  // namespace

TEST_CASE("parse_options: what is not said has the defaults of the structs") {
  const auto options = good("hosts.txt");
  CHECK(options.command == Command::scan);
  CHECK(options.inventory.targets == std::vector<std::string>{"hosts.txt"});
  CHECK(options.inventory.default_port == 22);
  CHECK(options.limits.concurrency == 1024);
  CHECK(options.limits.per_subnet == 64);
  CHECK(options.limits.retry.retries == 1);
  CHECK(options.limits.retry.connections == 3);
  CHECK(options.limits.patience == 15s);
  CHECK(options.probe.connect_timeout == 4s);
  CHECK(options.probe.banner_timeout == 5s);
  CHECK(options.probe.kex_timeout == 10s);
  CHECK_FALSE(options.deadline);
}

TEST_CASE("parse_options: what is said") {
  const auto options = good(
      "scan -p 2222 a b --depth banner -x no.txt -x 10.0.0.0/8 -t 2.5 --retries 0 --patience 0 "
      "-c 7 -r 12.5 --per-subnet 3 --deadline 1h30m -4 --dns-server [::1]:5353 --ident probe_1 "
      "-o out --jsonl - -v -v --progress none --exit-zero --seed 9");
  CHECK(options.inventory.targets == std::vector<std::string>{"a", "b"});
  CHECK(options.inventory.excludes == std::vector<std::string>{"no.txt", "10.0.0.0/8"});
  CHECK(options.inventory.default_port == 2222);
  CHECK(options.inventory.seed == 9);
  CHECK(options.probe.depth == Depth::banner);
  CHECK(options.probe.connect_timeout == 2500ms);
  CHECK(options.probe.kex_timeout == 2500ms);
  CHECK(options.probe.ident == "SSH-2.0-probe_1");
  CHECK(options.limits.retry.retries == 0);
  CHECK(options.limits.patience == 0s);
  CHECK(options.limits.concurrency == 7);
  CHECK(options.limits.rate == 12.5);
  CHECK(options.deadline == 90min);
  CHECK(options.resolver.families == Families::v4);
  CHECK(options.resolver.server->port == 5353);
  CHECK(options.outputs.at("jsonl") == std::vector<std::string>{"-"});
  CHECK(options.verbose == 2);
  CHECK(options.progress == ProgressStyle::none);
  CHECK(options.exit_zero);
}

TEST_CASE("parse_options: one phase's time-out wins over -t when it comes later") {
  CHECK(good("-t 3 --kex-timeout 8 a").probe.kex_timeout == 8s);
}

TEST_CASE("parse_options: refusals name the word and the remedy, with status 2") {
  const struct {
    std::string line;
    std::string expected;
  } cases[] = {
      {"", "no TARGETS"},
      {"--patiense 3 a", "unknown option --patiense (did you mean --patience?)"},
      {"--concurency=9 a", "unknown option --concurency (did you mean --concurrency?)"},
      {"--frobnicate a", "unknown option --frobnicate\n"},
      {"-Z a", "unknown option -Z"},
      {"--depth deep a", "--depth: \"deep\": must be one of tcp, banner, kexinit, kex"},
      {"-p 0 a", "--port: \"0\": must be a number from 1 to 65535"},
      {"-p 65536 a", "--port: \"65536\": must be"},
      {"-p 22x a", "--port: \"22x\": must be"},
      {"-c -1 a", "--concurrency: \"-1\": must be"},
      {"-t 0 a", "--timeout: \"0\": must be seconds from 0.001 to 86400"},
      {"-t nan a", "--timeout: \"nan\": must be"},
      {"--patience -1 a", "--patience: \"-1\": must be seconds from 0 to"},
      {"--deadline soon a", "--deadline: \"soon\": must be like"},
      {"--dns-server dns.test a", "--dns-server: \"dns.test\": must be an address"},
      {"--dns-server 10.0.0.1:0 a", "--dns-server: \"10.0.0.1:0\": must be an address"},
      {"--ident a-b a", "--ident: \"a-b\": must be"},
      {"--jsonl - --html - a", "only one output can go to standard output"},
      {"-4 -6 a", "-4 and -6 exclude each other"},
      {"a --retries", "--retries"},
  };
  for (const auto& [line, expected] : cases) {
    CAPTURE(line);
    const auto parsed = parse_options(words(line));
    REQUIRE(std::holds_alternative<Instead>(parsed));
    const auto& instead = std::get<Instead>(parsed);
    CHECK(instead.status == 2);
    CAPTURE(instead.text);
    CHECK(instead.text.find(expected) != std::string::npos);
  }
}

TEST_CASE("parse_options: the short help fits a screen and shows the defaults") {
  const auto parsed = parse_options({"-h"});
  REQUIRE(std::holds_alternative<Instead>(parsed));
  const auto& help = std::get<Instead>(parsed);
  CHECK(help.status == 0);
  CHECK(help.text.find("--concurrency N") != std::string::npos);
  CHECK(help.text.find("[1024]") != std::string::npos);
  std::size_t lines = 0, longest = 0, length = 0;
  for (const char c : help.text) {
    length = c == '\n' ? 0 : length + 1;
    lines += c == '\n';
    longest = std::max(longest, length);
  }
  CHECK(lines <= 64);
  CHECK(longest <= 100);
  CHECK(std::holds_alternative<ShowVersion>(parse_options({"--version"})));
}

TEST_CASE("parse_options: the long help names every option") {
  const auto parsed = parse_options({"--help"});
  REQUIRE(std::holds_alternative<Instead>(parsed));
  for (const auto& name : option_names()) {
    CAPTURE(name);
    if (name == "targets") continue;  // not an option
    CHECK(std::get<Instead>(parsed).text.find("--" + name) != std::string::npos);
  }
}

TEST_CASE("parse_duration") {
  const struct {
    std::string text;
    std::int64_t seconds;  ///< -1 = refused
  } cases[] = {{"90", 90},      {"90s", 90},
               {"15m", 900},    {"2h", 7200},
               {"1h30m", 5400}, {"1m30", 90},
               {"0", 0},        {"", -1},
               {"s", -1},       {"-1", -1},
               {"1d", -1},      {"1m1h", -1},
               {"1.5h", -1},    {"9999999999999999999", -1},
               {"9000h", -1}};
  for (const auto& [text, seconds] : cases) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    CHECK(duration.has_value() == (seconds >= 0));
    if (duration) CHECK(*duration == std::chrono::seconds{seconds});
  }
}

TEST_CASE("usage: the commands say what is wrong as a scan does") {
  const struct {
    std::vector<std::string> words;
    const char* said;
  } rows[] = {
      {{"list", "--bd", "x"}, "unknown option --bd (did you mean --db?)"},
      {{"lst", "--db", "x"}, "unknown command lst (did you mean list?)"},
      {{"list", "--db", "x", "--limit", "q"}, "--limit: \"q\": must be a number from 1 to 1000000"},
      {{"list"}, "--db is required"},
  };
  for (const auto& [words, said] : rows) {
    CAPTURE(words[0]);
    HistoryLine line;
    const auto instead = parse(line.app, words);
    REQUIRE(instead);
    CHECK(instead->status == kExitUsage);
    CHECK(instead->text == "fleetscan: " + std::string(said) + "\nTry: fleetscan history --help\n");
  }
  HistoryLine line;
  const auto help = parse(line.app, {"--help"});
  REQUIRE(help);
  CHECK(help->status == 0);
}
