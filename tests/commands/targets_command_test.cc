#include "commands/targets_command.h"

#include <doctest/doctest.h>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"

namespace fleetscan::commands {
namespace {

test::Ended targets(std::vector<std::string> words) {
  words.insert(words.begin(), "targets");
  return test::ended([&] { return list_targets(options_of_words(words)); });
}

TEST_CASE("targets: one host:port a line, names before addresses") {
  const auto listed = targets({"web[01-02]", "10.0.0.0/31", "[2001:db8::1]:2222", "-p", "23"});
  CHECK(listed.status == 0);
  CHECK(listed.out == "web01:23\nweb02:23\n10.0.0.0:23\n10.0.0.1:23\n[2001:db8::1]:2222\n");
  CHECK(listed.err.empty());
}

TEST_CASE("targets: the shards of a fleet are its parts") {
  const auto whole = targets({"10.0.0.0/28"}).out;
  std::size_t size = 0;
  for (const std::string shard : {"1/3", "2/3", "3/3"}) {
    const auto part = targets({"10.0.0.0/28", "--shard", shard}).out;
    size += part.size();
    std::istringstream lines(part);
    for (std::string line; std::getline(lines, line);)
      CHECK(whole.find(line + '\n') != std::string::npos);
  }
  CHECK(size == whole.size());
}

TEST_CASE("targets: --verbose tells in comments what is left out and why") {
  test::TemporaryFiles files;
  const auto config = files.write("config", "Host far\n  HostName far.test\n  ProxyJump bastion\n");
  const auto brief = targets({config, "10.0.0.0/30", "-x", "10.0.0.2/31"});
  CHECK(brief.out == "10.0.0.0:22\n10.0.0.1:22\n");
  const auto all = targets({config, "10.0.0.0/30", "-x", "10.0.0.2/31", "-v"});
  CHECK(all.status == 0);
  for (const std::string words :
       {"# far", "ProxyJump", "# 10.0.0.2-10.0.0.3:22 (2 targets): excluded"}) {
    CAPTURE(words);
    CAPTURE(all.out);
    CHECK(all.out.find(words) != std::string::npos);
  }
}

TEST_CASE("targets: --plan tells the cost in place of the list") {
  const auto plan = targets({"10.0.0.0/23", "web01", "--plan", "-c", "100"});
  CHECK(plan.status == 0);
  CHECK(plan.out.find("targets          513\n") != std::string::npos);
  CHECK(plan.out.find("descriptors      164 of the ") != std::string::npos);
  CHECK(plan.out.find("web01:22") == std::string::npos);
}

TEST_CASE("targets: what cannot be read is said, with status 2 and no list") {
  const auto wrong = targets({"web01", "10.0.0.0/33"});
  CHECK(wrong.status == 2);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.find("10.0.0.0/33") != std::string::npos);
}

}  // namespace
}  // namespace fleetscan::commands
