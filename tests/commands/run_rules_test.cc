#include "commands/run_rules.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"

namespace fleetscan::commands {
namespace {

using Words = std::vector<std::string>;

RunRules rules(Words words) {
  words.emplace_back("hosts.txt");
  return load_rules(options_of_words(words));
}

TEST_CASE("load_rules: no failing host is accepted unless conditions say otherwise") {
  const auto usual = rules({});
  REQUIRE(usual.settings.fail_if.size() == 1);
  CHECK(usual.settings.fail_if[0].text == "failing > 0");
  const auto chosen = rules({"--fail-if", "failing>1%", "--fail-if", "class.connect_refused >= 3"});
  REQUIRE(chosen.settings.fail_if.size() == 2);
  CHECK(chosen.settings.fail_if[0].text == "failing > 1%");
  CHECK(chosen.faults.empty());
}

TEST_CASE("load_rules: all that is wrong is said at once") {
  const auto wrong =
      rules({"--fail-if", "failin > 0", "--fail-if", "recovered > 0", "--fail-if", "new > 0"});
  REQUIRE(wrong.faults.size() == 3);
  CHECK(wrong.faults[0].find("failing") != std::string::npos);  // what was meant
  CHECK(wrong.faults[1] == "--fail-if \"recovered > 0\" needs --history DB");
  CHECK(wrong.faults[2] == "--fail-if \"new > 0\" needs --history DB or --baseline FILE");
  const auto missing = rules({"--fail-if", "failin > 0", "--baseline", "/nonexistent/baseline"});
  REQUIRE(missing.faults.size() == 2);
  CHECK(missing.faults[1].find("/nonexistent/baseline") != std::string::npos);
}

TEST_CASE("load_rules: a baseline tells what is new, but not what recovered") {
  test::TemporaryFiles files;
  const auto baseline = files.write("baseline", "web01:22  connect_refused  2026-01-01  -\n");
  const auto loaded = rules({"--baseline", baseline, "--fail-if", "new > 0"});
  CHECK(loaded.faults.empty());
  REQUIRE(loaded.settings.baseline);
  CHECK(loaded.settings.baseline->find("web01:22", probe::Outcome::connect_refused));
  CHECK(rules({"--baseline", baseline, "--fail-if", "recovered > 0"}).faults.size() == 1);
}

TEST_CASE("load_rules: every bad line of a baseline is a fault with its place") {
  test::TemporaryFiles files;
  const auto baseline = files.write("b", "web01:22 no_such_class 2026-01-01 -\nweb02:22\n");
  const auto wrong = rules({"--baseline", baseline});
  REQUIRE(wrong.faults.size() == 2);
  CHECK(wrong.faults[0].starts_with(baseline + ":1:"));
  CHECK(wrong.faults[1].starts_with(baseline + ":2:"));
}

TEST_CASE("load_rules: an update may begin a baseline, a check may not") {
  const test::TemporaryFiles files;
  const auto baseline = files.path() + "/baseline";
  const auto first = rules({"--baseline", baseline, "--update-baseline"});
  CHECK(first.faults.empty());
  REQUIRE(first.settings.baseline);
  CHECK(first.settings.baseline->size() == 0);
  CHECK(first.settings.update_baseline);
  CHECK(first.settings.baseline_path == baseline);
  CHECK(rules({"--baseline", baseline}).faults.size() == 1);
}

TEST_CASE("load_rules: a history is made, a foreign file is a fault, a missing folder unwritable") {
  test::TemporaryFiles files;
  const auto made = rules({"--history", files.path() + "/history.db"});
  CHECK(made.history);
  CHECK(std::filesystem::exists(files.path() + "/history.db"));
  const auto foreign =
      rules({"--history", files.write("text", "this is no database, but a text of more bytes")});
  CHECK_FALSE(foreign.history);
  CHECK(foreign.faults.size() == 1);
  CHECK(foreign.unwritable.empty());
  const auto nowhere = rules({"--history", "/nonexistent/history.db"});
  CHECK_FALSE(nowhere.history);
  CHECK(nowhere.faults.empty());
  CHECK_FALSE(nowhere.unwritable.empty());
}

TEST_CASE("load_rules: nothing is made while something is wrong") {
  const test::TemporaryFiles files;
  const auto history = files.path() + "/history.db";
  CHECK(rules({"--history", history, "--fail-if", "nonsense"}).faults.size() == 1);
  CHECK_FALSE(std::filesystem::exists(history));
}

TEST_CASE("resume_fault: only the same scan can be finished") {
  const auto run = [](auto change) {
    auto info = test::nightly_run(1, 10);
    info.inventory_sha256 = "00ff";
    change(info);
    return info;
  };
  const auto same = run([](auto&) {});
  const auto first_of_two = run([](auto& info) { info.shard = {1, 2}; });
  const struct {
    probe::RunInfo earlier, now;
    std::string said;
  } cases[] = {
      {same, same, ""},
      {first_of_two, first_of_two, ""},
      {same, run([](auto& info) { info.run_id = "other"; }), ""},
      {same, run([](auto& info) { info.inventory_sha256 = "00fe"; }), "a different inventory"},
      {same, first_of_two, "a different inventory"},
      {first_of_two, same, "a different inventory"},
      {first_of_two, run([](auto& info) {
         info.shard = {2, 2};
       }),
       "a different inventory"},
      {first_of_two, run([](auto& info) {
         info.shard = {1, 3};
       }),
       "a different inventory"},
      {run([](auto& info) { info.depth = probe::Depth::banner; }), same, "with --depth banner"},
      {same, run([](auto& info) { info.vantage = "iad1"; }), "from another --vantage"},
      {same, run([](auto& info) { info.vantage.reset(); }), "from another --vantage"},
  };
  for (const auto& [earlier, now, said] : cases) {
    CAPTURE(said);
    const auto fault = resume_fault(earlier, now);
    CHECK(fault.empty() == said.empty());
    CHECK(fault.find(said) != std::string::npos);
  }
}

}  // namespace
}  // namespace fleetscan::commands
