#include "commands/compare_command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"

namespace fleetscan::commands {
namespace {

using probe::Outcome;
using test::host_result;

/// Two nights in which two of three hosts change places.
struct Nights {
  test::TemporaryFiles files = {};
  std::string monday =
      files.write("monday", night(1, {host_result("a", Outcome::ok), host_result("b", Outcome::ok),
                                      host_result("c", Outcome::connect_refused)}));
  std::string tuesday = files.write(
      "tuesday", night(2, {host_result("a", Outcome::ok), host_result("b", Outcome::banner_silent),
                           host_result("c", Outcome::ok)}));
};

test::Ended compare(const std::vector<std::string>& words) {
  return test::ended([&] { return run_compare(words); });
}

TEST_CASE("compare: the same is 0, different is 1") {
  const Nights nights;
  const auto same = compare({nights.monday, nights.monday});
  CHECK(same.status == 0);
  CHECK(same.out.starts_with("SAME  0 of 3 hosts differ\n"));
  const auto different = compare({nights.monday, nights.tuesday});
  CHECK(different.status == 1);
  CHECK(different.out.starts_with("DIFFERS  2 of 3 hosts differ\n"));
  CHECK(different.out.find("connect_refused -> ok") != std::string::npos);
  CHECK(different.out.find("ok -> banner_silent") != std::string::npos);
  CHECK(different.err.empty());
}

TEST_CASE("compare: --quiet leaves the answer to the status, and a document on standard output") {
  const Nights nights;
  const auto quiet = compare({nights.monday, nights.tuesday, "-q"});
  CHECK(quiet.status == 1);
  CHECK(quiet.out.empty());
  const auto json = compare({nights.monday, nights.tuesday, "--json", "-"});
  const auto document = nlohmann::json::parse(json.out);
  CHECK(document.at("schema") == "fleetscan.comparison/1");
}

TEST_CASE("compare: a page and a document beside the text") {
  const Nights nights;
  const auto json = nights.files.path() + "/a.json";
  const auto html = nights.files.path() + "/a.html";
  const auto said = compare({nights.monday, nights.tuesday, "--json", json, "--html", html});
  CHECK(said.out.starts_with("DIFFERS"));
  CHECK(nlohmann::json::accept(content(json)));
  CHECK(content(html).starts_with("<!doctype html>"));
}

TEST_CASE("compare: bad lines are said and left out") {
  Nights nights;
  const auto torn = nights.files.write("torn", content(nights.monday) + "{\"type\":\"ho");
  const auto said = compare({nights.monday, torn});
  CHECK(said.status == 0);
  CHECK(said.err.starts_with("fleetscan: " + torn + ":6:"));
}

TEST_CASE("compare: what cannot be compared is refused with status 2") {
  const Nights nights;
  const struct {
    std::vector<std::string> words;
    std::string said;
  } cases[] = {
      {{nights.monday, "/nonexistent/results"}, "/nonexistent/results"},
      {{nights.monday}, "Try: fleetscan compare --help"},
      {{}, "Try: fleetscan compare --help"},
      {{nights.monday, nights.monday, "--jsn", "x"}, "did you mean --json?"},
  };
  for (const auto& [words, expected] : cases) {
    CAPTURE(expected);
    const auto refused = compare(words);
    CHECK(refused.status == 2);
    CHECK(refused.out.empty());
    CHECK(refused.err.find(expected) != std::string::npos);
  }
}

TEST_CASE("compare: --help tells the exit statuses") {
  const auto help = compare({"--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("exit status: 0 the same, 1 different") != std::string::npos);
}

}  // namespace
}  // namespace fleetscan::commands
