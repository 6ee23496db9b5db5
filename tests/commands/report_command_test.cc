#include "commands/report_command.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands/history_command.h"
#include "reports/render/key_lists.h"
#include "reports/summary/key_ring.h"
#include "reports/summary/proved_key.h"
#include "scanner/probe/outcome.h"
#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"
#include "tests/support/environment.h"

namespace fleetscan::commands {
namespace {

using probe::Outcome;
using test::host_result;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

test::Ended report(const Words& words) {
  return test::ended([&] { return run_report(words); });
}

/// Results of two runs, in an environment without a CI system.
struct Stored {
  test::Environment quiet{{"GITHUB_ACTIONS", std::nullopt},
                          {"GITHUB_STEP_SUMMARY", std::nullopt},
                          {"FORCE_COLOR", std::nullopt},
                          {"CLICOLOR_FORCE", std::nullopt}};
  test::TemporaryFiles files = {};
  std::string healthy = files.write(
      "healthy", night(1, {host_result("a", Outcome::ok), host_result("b", Outcome::ok)}));
  std::string failing = files.write(
      "failing",
      night(2, {host_result("a", Outcome::ok), host_result("b", Outcome::connect_refused)}));

  [[nodiscard]] std::string path(const std::string& name) const {
    return files.path() + '/' + name;
  }
};

TEST_CASE("report: the exit status is that of the scan") {
  Stored stored;
  const auto killed = stored.files.write("killed", without_end(content(stored.healthy)));
  const auto torn = stored.files.write("torn", content(stored.healthy) + "{\"type\":\"ho");
  const auto torn_failing =
      stored.files.write("torn_failing", content(stored.failing) + "{\"type\":\"ho");
  const struct {
    Words words;
    int status;
    std::string verdict;
  } cases[] = {
      {{stored.healthy}, 0, "PASS"},
      {{stored.failing}, 1, "FAIL"},
      {{stored.failing, "--fail-if", "failing > 1"}, 0, "PASS"},
      {{stored.failing, "--fail-if", "class.connect_refused > 0"}, 1, "FAIL"},
      {{killed}, 3, "INCOMPLETE"},
      {{torn}, 3, "INCOMPLETE"},
      {{torn_failing}, 1, "FAIL"},
      {{FLEETSCAN_GOLDEN "/results.jsonl"}, 3, "INCOMPLETE"},
  };
  for (const auto& [words, status, verdict] : cases) {
    CAPTURE(words.front());
    const auto said = report(words);
    CHECK(said.status == status);
    CHECK(said.out.starts_with(verdict + "  "));
  }
}

TEST_CASE("report: a folder gets the usual three files, rendered again the same") {
  const Stored stored;
  CHECK(report({stored.failing, "-o", stored.path("new/out")}).status == 1);
  const auto rendered = content(stored.path("new/out/results.jsonl"));
  const auto last_words = rendered.find("{\"type\":\"diagnosis\"");
  const auto end = rendered.find("{\"type\":\"end\"");
  REQUIRE(last_words < end);  // of the one host that fails
  CHECK(rendered.substr(0, last_words) + rendered.substr(end) == content(stored.failing));
  CHECK(content(stored.path("new/out/report.html")).starts_with("<!doctype html>"));
  CHECK(report({stored.path("new/out/results.jsonl"), "-o", stored.path("again")}).status == 1);
  for (const std::string name : {"results.jsonl", "report.json", "report.html"})
    CHECK(content(stored.path("new/out/" + name)) == content(stored.path("again/" + name)));
}

TEST_CASE("report: a killed scan's part is not written over") {
  Stored stored;
  const auto lines = without_end(content(stored.healthy));
  const auto part = stored.files.write("out/results.jsonl.part", lines);
  const auto said = report({part, "-o", stored.path("out")});
  CHECK(said.status == 2);
  CHECK(has(said.err, "finish that scan with --resume, or write elsewhere"));
  CHECK(content(part) == lines);
  CHECK(report({part, "-o", stored.path("elsewhere")}).status == 3);
}

TEST_CASE("report: each output by its option, and standard output for one of them alone") {
  const Stored stored;
  const struct {
    std::string option, begins;
  } cases[] = {{"--jsonl", "{\"type\":\"run\""},
               {"--json", "{\"schema\":\"fleetscan.report/"},
               {"--html", "<!doctype html>"},
               {"--csv", "target,"},
               {"--junit", "<?xml "},
               {"--prometheus", "# HELP "}};
  for (const auto& [option, begins] : cases) {
    CAPTURE(option);
    const auto path = stored.path("x" + option);
    CHECK(report({stored.failing, option, path}).out.starts_with("FAIL"));
    CHECK(content(path).starts_with(begins));
    const auto said = report({stored.failing, option, "-"});
    CHECK(said.status == 1);
    CHECK(said.out.starts_with(begins));
    CHECK_FALSE(has(said.out, "\nFAIL"));
  }
}

TEST_CASE("report: several files are one report") {
  const Stored stored;
  const auto both = report({stored.healthy, stored.failing});
  CHECK(both.status == 1);
  CHECK(has(both.out, "1 of 4 hosts fail"));
}

TEST_CASE("report: a baseline accepts, as in the scan") {
  Stored stored;
  const auto baseline = stored.files.write("baseline", "b:22  connect_refused  2020-01-01  -\n");
  const auto accepted = report({stored.failing, "--baseline", baseline});
  CHECK(accepted.status == 0);
  CHECK(has(accepted.out, "1 known failure, accepted by the baseline"));
}

TEST_CASE("report: a history says what is new, if it knows the run") {
  const Stored stored;
  const auto db = stored.path("history.db");
  const auto import = [&](const std::string& file) {
    return test::ended([&] { return run_history({"import", file, "--db", db}); }).status;
  };
  CHECK(import(stored.healthy) == 0);
  const auto unknown = report({stored.failing, "--history", db});
  CHECK(unknown.status == 2);
  CHECK(has(unknown.err, "the history does not have this run: fleetscan history import"));
  CHECK(import(stored.failing) == 0);
  const auto known = report({stored.failing, "--history", db, "--fail-if", "new > 0"});
  CHECK(known.status == 1);
  CHECK(has(known.out, "FAIL  1 newly failing"));
}

TEST_CASE("report: in an Action, annotations and the step's summary") {
  const Stored stored;
  const test::Environment action(
      {{"GITHUB_ACTIONS", "true"}, {"GITHUB_STEP_SUMMARY", stored.path("summary.md")}});
  CHECK(has(report({stored.failing}).out, "\n::error"));
  CHECK(has(content(stored.path("summary.md")), "FAIL"));
}

TEST_CASE("report: what cannot be read is status 2, what cannot be written 4") {
  const Stored stored;
  const struct {
    Words words;
    int status;
    std::string said;
  } cases[] = {
      {{"/nonexistent/results"}, 2, "/nonexistent/results"},
      {{}, 2, "Try: fleetscan report --help"},
      {{stored.healthy, "--fail-if", "failin > 0"}, 2, "failing"},
      {{stored.healthy, "--baseline", "/nonexistent/baseline"}, 2, "/nonexistent/baseline"},
      {{stored.healthy, "--history", "/nonexistent/history.db"}, 2, "/nonexistent/history.db"},
      {{stored.healthy, "--json", "/nonexistent/report.json"}, 4, "/nonexistent/report.json"},
      {{stored.healthy, "--csv", "/dev/full"}, 4, "/dev/full"},
  };
  for (const auto& [words, status, expected] : cases) {
    CAPTURE(expected);
    const auto said = report(words);
    CHECK(said.status == status);
    CHECK(has(said.err, expected));
  }
}

TEST_CASE("schema: each document is complete in itself") {
  for (const std::string name : {"result", "report", "comparison"}) {
    const auto printed = test::ended([&] { return print_schema({name}); });
    CHECK(printed.status == 0);
    const auto schema = nlohmann::json::parse(printed.out);
    CHECK(schema.at("$id") == "urn:fleetscan:" + name + ":1");
    CHECK(schema.at("$defs").at("class").at("enum").size() == probe::outcomes().size());
    for (auto at = printed.out.find("\"$ref\": \""); at != printed.out.npos;
         at = printed.out.find("\"$ref\": \"", at + 1)) {
      const auto begin = at + 9;
      const auto place = printed.out.substr(begin, printed.out.find('"', begin) - begin);
      CAPTURE(place);
      REQUIRE(place.starts_with("#/"));
      CHECK(schema.contains(nlohmann::json::json_pointer(place.substr(1))));
    }
  }
}

TEST_CASE("schema: that of keys describes what keys writes") {
  const auto printed = test::ended([] { return print_schema({"keys"}); });
  const auto schema = nlohmann::json::parse(printed.out);
  CHECK(schema.at("$id") == "urn:fleetscan:keys:1");
  const auto& definitions = schema.at("$defs");
  const auto keys = [](const nlohmann::json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
  };
  summary::HostKeys host;
  host.target = "a:22";
  host.keys.emplace_back().certificate.emplace();
  host.missing.push_back({"ssh-rsa", "why"});
  const auto written = nlohmann::json::parse(render::keys_json({host})).at("hosts").at(0);
  CHECK(keys(written) == keys(definitions.at("host").at("properties")));
  CHECK(keys(written.at("keys").at(0)) == keys(definitions.at("key").at("properties")));
  CHECK(keys(written.at("keys").at(0).at("certificate")) ==
        keys(definitions.at("certificate").at("properties")));
  CHECK(keys(written.at("missing").at(0)) ==
        keys(definitions.at("host").at("properties").at("missing").at("items").at("properties")));
}

TEST_CASE("schema: another word is a mistake, and so is none") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"results"}, {"report", "report"}}) {
    const auto printed = test::ended([&] { return print_schema(words); });
    CHECK(printed.status == 2);
    CHECK(printed.err.find("schema result|report|comparison|forecast|keys|doctor") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace fleetscan::commands
