#include "commands/configuration.h"

#include <doctest/doctest.h>

#include <map>

#include "commands/command_line.h"

namespace fleetscan::commands {
namespace {

using Words = std::vector<std::string>;

const commands::ConfigLayer kFile = commands::parse_config(
    "# ours\n"
    "targets = [\"hosts.txt\"]\n"
    "rate = 100\n"
    "quiet = true\n"
    "exclude = [\"never.txt\", \"10.0.0.0/8\"]\n"
    "[gate]\n"
    "fail-if = [\"new > 0\", \"failing > 2%\"]\n"
    "[probe]\n"
    "connect-timeout = 9.5\n",
    "config.toml");

commands::Options good(const Words& arguments, const std::vector<commands::ConfigLayer>& layers) {
  const auto parsed = commands::parse_options(arguments, layers);
  if (const auto* instead = std::get_if<commands::Instead>(&parsed)) FAIL(instead->text);
  return std::get<commands::Options>(parsed);
}

TEST_CASE("a file gives what the command line does not") {
  const auto options = good({}, {kFile});
  CHECK(options.inventory.targets == Words{"hosts.txt"});
  CHECK(options.limits.rate == 100);
  CHECK(options.quiet);
  CHECK(options.fail_if == Words{"new > 0", "failing > 2%"});
  CHECK(options.probe.connect_timeout == std::chrono::milliseconds(9500));
}

TEST_CASE("the stronger place wins, and exclusions add up") {
  const commands::ConfigLayer environment{"FLEETSCAN_RATE", {{"rate", {"50"}}}};
  CHECK(good({}, {environment, kFile}).limits.rate == 50);
  const auto options =
      good({"web1", "-r", "7", "-x", "web9", "--fail-if", "failing > 3"}, {environment, kFile});
  CHECK(options.limits.rate == 7);
  CHECK(options.inventory.targets == Words{"web1"});
  CHECK(options.fail_if == Words{"failing > 3"});
  CHECK(options.inventory.excludes.size() == 3);
  CHECK(good({"-t", "2"}, {kFile}).probe.connect_timeout == std::chrono::seconds(2));
}

TEST_CASE("faults name the place") {
  struct Case {
    std::string text, said;
  };
  const Case cases[] = {
      {"ratee = 5\n", "config.toml: unknown option --ratee (did you mean --rate?)"},
      {"rate = \"fast\"\n", "config.toml: --rate: \"fast\": must be auto or a number"},
      {"help = true\n", "config.toml: only the command line can set --help"},
      {"no-config = true\n", "config.toml: only the command line can set --no-config"},
  };
  for (const auto& [text, said] : cases) {
    CAPTURE(text);
    const auto parsed =
        commands::parse_options({"web1"}, {commands::parse_config(text, "config.toml")});
    REQUIRE(std::holds_alternative<Instead>(parsed));
    CAPTURE(std::get<Instead>(parsed).text);
    CHECK(std::get<Instead>(parsed).status == 2);
    CHECK(std::get<Instead>(parsed).text.find(said) != std::string::npos);
  }
}

TEST_CASE("--show-config prints each value and its origin, and reads as a configuration") {
  const auto parsed = commands::parse_options({"--show-config", "--retries", "2"}, {kFile});
  REQUIRE(std::holds_alternative<Instead>(parsed));
  const auto& text = std::get<commands::Instead>(parsed).text;
  CAPTURE(text);
  for (const auto* line :
       {"rate = \"100\"  # config.toml\n", "retries = \"2\"  # command line\n",
        "concurrency = \"1024\"  # default\n", "targets = [\"hosts.txt\"]  # config.toml\n",
        "fail-if = [\"new > 0\", \"failing > 2%\"]  # config.toml\n"})
    CHECK(text.find(line) != std::string::npos);
}

TEST_CASE("which files are asked for") {
  CHECK(config_choice({"hosts.txt"}).file == std::nullopt);
  CHECK(config_choice({"--config", "a.toml"}).file == "a.toml");
  CHECK(config_choice({"--config=b.toml"}).file == "b.toml");
  CHECK(config_choice({"--no-config"}).none);
  CHECK_FALSE(config_choice({"--", "--no-config"}).none);
}

TEST_CASE("the environment") {
  CHECK(environment_name("per-subnet") == "FLEETSCAN_PER_SUBNET");
  const std::map<std::string, std::string> set{{"FLEETSCAN_RATE", "5"}, {"FLEETSCAN_OTHER", "6"}};
  const auto layers =
      commands::environment_layers(commands::option_names(), [&](const std::string& name) {
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional(found->second);
      });
  REQUIRE(layers.size() == 1);
  CHECK(layers[0].origin == "FLEETSCAN_RATE");
}

}  // namespace
}  // namespace fleetscan::commands
