#include "vantages/remote_command.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace fleetscan::vantages {
namespace {

TEST_CASE("Remote command: words are quoted as a shell reads them") {
  CHECK(quoted("--rate=0.5") == "--rate=0.5");
  CHECK(quoted("") == "''");
  CHECK(quoted("a b") == "'a b'");
  CHECK(quoted("it's") == "'it'\\''s'");
  CHECK(quoted("$(rm)") == "'$(rm)'");
}

TEST_CASE("Remote command: ssh asks nobody, and takes the destination for nothing else") {
  Launch launch;
  launch.ssh = {"ssh", "-F", "x"};
  launch.options = {"--jsonl=-"};
  const auto words = command_for({"two", "b@two", "a@one"}, launch);
  CHECK(std::vector<std::string>(words.begin(), words.begin() + 3) == launch.ssh);
  const auto dashes = std::ranges::find(words, "--");
  REQUIRE(words.end() - dashes == 3);
  CHECK(dashes[1] == "b@two");
  CHECK(dashes[2] == "exec fleetscan scan --jsonl=- -");
  CHECK(std::ranges::find(words, "BatchMode=yes") < dashes);
  const auto jumps = std::ranges::find(words, "-J");
  REQUIRE(jumps < dashes);
  CHECK(jumps[1] == "a@one");
}

TEST_CASE("Remote command: this machine needs no ssh") {
  Launch launch;
  launch.options = {"--jsonl=-"};
  CHECK(command_for({"local"}, launch) ==
        std::vector<std::string>{"/proc/self/exe", "scan", "--jsonl=-", "-"});
}

TEST_CASE("Remote command: a pushed program is removed whatever ends it, in one line") {
  Launch launch;
  launch.pushed_size = 12345;
  const auto script = remote_script(launch);
  CHECK(script.starts_with("exec sh -c "));
  CHECK(script.find('\n') == std::string::npos);
  CHECK(script.find("mktemp -d") != std::string::npos);
  CHECK(script.find("head -c 12345") != std::string::npos);
  CHECK(script.find("umask 077") < script.find("mktemp"));
}

}  // namespace
}  // namespace fleetscan::vantages
