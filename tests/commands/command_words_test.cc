#include "commands/command_words.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "commands/command_line.h"
#include "commands/subcommands.h"

using namespace fleetscan::commands;

namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

}  // namespace

TEST_CASE("find_command: a name counts wherever it stands among the options") {
  const struct {
    std::string line, command, rest;
  } cases[] = {
      {"", "", ""},
      {"web1", "", "web1"},
      {"targets F", "targets", "F"},
      {"-v targets F", "targets", "-v F"},
      {"--no-config targets F", "targets", "--no-config F"},
      {"-p 22 targets F", "targets", "-p 22 F"},
      {"-p22 targets F", "targets", "-p22 F"},
      {"--port=22 targets F", "targets", "--port=22 F"},
      {"-vp 22 targets F", "targets", "-vp 22 F"},
      {"-vp22 targets F", "targets", "-vp22 F"},
      {"-x report targets F", "targets", "-x report F"},
      {"F targets", "targets", "F"},
      {"F -v G targets", "targets", "F -v G"},
      {"-q report R", "report", "-q R"},
      {"-o F merge R", "merge", "-o F R"},
      {"R compare R", "compare", "R R"},
      {"--db D history list", "history", "--db D list"},
      {"--days 3 history prune", "history", "--days 3 prune"},
      {"--unheard-of targets F", "targets", "--unheard-of F"},
      {"history host targets", "history", "host targets"},
      {"-o report F", "", "-o report F"},
      {"--output targets F", "", "--output targets F"},
      {"-- targets F", "", "-- targets F"},
      {"./targets", "", "./targets"},
      {"targets.", "", "targets."},
  };
  for (const auto& [line, command, rest] : cases) {
    CAPTURE(line);
    const auto found = find_command(words(line));
    CHECK(found.command == command);
    CHECK(found.rest == words(rest));
  }
}

TEST_CASE("parse_options: the name of a command is never a host") {
  for (const auto& subcommand : kSubcommands) {
    const std::string name{subcommand.name};
    for (const auto& line : {"targets web1 " + name, "scan " + name, "-v scan web1 -p 22 " + name,
                             "scan -- " + name, "-- " + name}) {
      CAPTURE(line);
      const auto parsed = parse_options(words(line));
      const auto* instead = std::get_if<Instead>(&parsed);
      REQUIRE(instead != nullptr);
      CHECK(instead->status == 2);
      CHECK(instead->text.find(name + " is a command") != std::string::npos);
    }
    for (const auto& host : {"./" + name, name + "."})
      CHECK(std::holds_alternative<Options>(parse_options({host})));
  }
}

TEST_CASE("parse_options: what a configuration names is no command either") {
  const auto parsed =
      parse_options({}, {parse_config("targets = [\"web1\", \"targets\"]", "c.toml")});
  CHECK(std::holds_alternative<Instead>(parsed));
}
