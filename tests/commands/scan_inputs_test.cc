#include "commands/scan_inputs.h"

#include <doctest/doctest.h>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"
#include "tests/support/environment.h"

namespace fleetscan::commands {
namespace {

using Words = std::vector<std::string>;

/// Of an environment in which no engine numbers this job but the one that `more` names.
test::Environment::Variables engine(test::Environment::Variables more) {
  for (const char* name :
       {"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "NOMAD_ALLOC_INDEX", "PARALLEL_SEQ",
        "CI_NODE_INDEX", "CIRCLE_NODE_INDEX", "BUILDKITE_PARALLEL_JOB", "SYSTEM_JOBPOSITIONINPHASE",
        "FLEETSCAN_SHARDS"})
    more.try_emplace(name, std::nullopt);
  return more;
}

/// What is read with these words, as names, and what is said meanwhile.
struct Read {
  bool good = false;
  Words names;
  std::string said;
};

Read read(const Words& words) {
  Read read;
  const auto options = options_of_words(words);
  read.said = test::said_by([&] {
    const auto inventory = read_inventories(options);
    read.good = inventory != nullptr;
    if (!inventory) return;
    const auto source = inventory->list();
    while (const auto target = source->next()) read.names.push_back(target->name());
  });
  return read;
}

TEST_CASE("read_inventories: files and expressions together, without what is excluded") {
  test::TemporaryFiles files;
  const auto hosts = files.write("hosts.txt", "web01\n10.0.0.0/30  # a subnet\n");
  const auto all = read({hosts, "db01:2222", "-x", "10.0.0.2"});
  CHECK(all.good);
  CHECK(all.names == Words{"web01:22", "db01:2222", "10.0.0.0:22", "10.0.0.1:22", "10.0.0.3:22"});
}

TEST_CASE("read_inventories: every fault is said with file and line, and nothing is read") {
  test::TemporaryFiles files;
  const auto hosts = files.write("hosts.txt", "10.0.0.0/33\nweb01\nweb[3-1]\n");
  const auto wrong = read({hosts});
  CHECK_FALSE(wrong.good);
  CHECK(wrong.said.find("fleetscan: " + hosts + ":1:") != std::string::npos);
  CHECK(wrong.said.find("fleetscan: " + hosts + ":3:") != std::string::npos);
  CHECK_FALSE(read({"/nonexistent/hosts.txt"}).good);
}

TEST_CASE("read_inventories: no targets are an error, unless that is allowed") {
  test::TemporaryFiles files;
  const auto hosts = files.write("hosts.txt", "# nobody is left\n");
  const auto refused = read({hosts});
  CHECK_FALSE(refused.good);
  CHECK(refused.said ==
        "fleetscan: " + hosts +
            ": names no host (--allow-empty accepts that); it was read as a list of "
            "hosts\n");
  const auto allowed = read({hosts, "--allow-empty"});
  CHECK(allowed.good);
  CHECK(allowed.names.empty());
}

TEST_CASE("settle_shard: `auto` is what the engine says, and that is told") {
  const struct {
    test::Environment::Variables variables;
    std::string shard, said;
  } cases[] = {
      {{{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "4"}},
       "2/4",
       "fleetscan: shard 2/4, as assigned by GitLab's parallel jobs\n"},
      {{{"JOB_COMPLETION_INDEX", "0"}, {"FLEETSCAN_SHARDS", "3"}},
       "1/3",
       "fleetscan: shard 1/3, as assigned by a Kubernetes Indexed Job\n"},
      {{{"CI_NODE_INDEX", "2"},
        {"CI_NODE_TOTAL", "4"},
        {"PARALLEL_SEQ", "3"},
        {"FLEETSCAN_SHARDS", "4"}},
       "",
       "give --shard I/N"},
      {{}, "", "give --shard I/N"},
  };
  for (const auto& [variables, shard, said] : cases) {
    CAPTURE(said);
    const test::Environment set(engine(variables));
    auto options = options_of_words({"--shard", "auto", "web01"});
    bool settled = false;
    const auto heard = test::said_by([&] { settled = settle_shard(options); });
    CHECK(settled == !shard.empty());
    if (settled) CHECK(options.inventory.shard == shard);
    CHECK(heard.find(said) != std::string::npos);
  }
}

TEST_CASE("settle_shard: a number that is given stays, and --quiet says nothing") {
  const test::Environment set(engine({{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "4"}}));
  auto given = options_of_words({"--shard", "1/8", "web01"});
  CHECK(settle_shard(given));
  CHECK(given.inventory.shard == "1/8");
  auto quiet = options_of_words({"--shard", "auto", "-q", "web01"});
  CHECK(test::said_by([&] { static_cast<void>(settle_shard(quiet)); }).empty());
  CHECK(quiet.inventory.shard == "2/4");
}

TEST_CASE("read_canaries: with the scan's port and exclusions, whatever its selection") {
  const auto canaries =
      read_canaries(options_of_words({"--canary", "gw1", "--canary", "10.0.0.0/31", "-p", "2222",
                                      "-x", "10.0.0.1", "-l", "web*", "--sample", "1", "web01"}));
  REQUIRE(canaries);
  Words names;
  for (const auto& canary : *canaries) names.push_back(canary.name());
  CHECK(names == Words{"gw1:2222", "10.0.0.0:2222"});
  const auto none = read_canaries(options_of_words({"web01"}));
  REQUIRE(none);
  CHECK(none->empty());
}

TEST_CASE("read_canaries: a fault is said") {
  const auto options = options_of_words({"--canary", "10.0.0.0/33", "web01"});
  bool good = true;
  const auto said = test::said_by([&] { good = read_canaries(options).has_value(); });
  CHECK_FALSE(good);
  CHECK(said.find("10.0.0.0/33") != std::string::npos);
}

TEST_CASE("read_known_hosts: keys by host, or the faults of the file") {
  test::TemporaryFiles files;
  const std::string key = "AAAAC3NzaC1lZDI1NTE5AAAAI" + std::string(43, 'A');  // 32 zero bytes
  auto good = read_known_hosts(files.write("good", "web01 ssh-ed25519 " + key + "\n"));
  REQUIRE(good);
  CHECK(good->check("web01", "10.0.0.1", 22, "ssh-ed25519", "SHA256:other") ==
        inventory::KeyVerdict::changed);
  CHECK(good->check("web02", "10.0.0.2", 22, "ssh-ed25519", "SHA256:other") ==
        inventory::KeyVerdict::unknown);
  const auto bad = files.write("bad", "web01 ssh-ed25519 " + key + "\nweb02 ssh-ed25519 !!!\n");
  const struct {
    std::string path, said;
  } cases[] = {{bad, bad + ":2:"}, {"/nonexistent/known_hosts", "/nonexistent/known_hosts"}};
  for (const auto& [path, expected] : cases) {
    bool read = true;
    const auto said =
        test::said_by([&, &file = path] { read = read_known_hosts(file).has_value(); });
    CHECK_FALSE(read);
    CHECK(said.find(expected) != std::string::npos);
  }
}

}  // namespace
}  // namespace fleetscan::commands
