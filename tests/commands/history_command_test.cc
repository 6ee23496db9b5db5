#include "commands/history_command.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"

namespace fleetscan::commands {
namespace {

using probe::Outcome;
using test::host_result;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A history of three nights: b fails in the second, and is back in the third, where c fails.
class ThreeNights {
 public:
  ThreeNights() { imported = run({"import", third_, first_, second_}); }

  [[nodiscard]] test::Ended run(Words words) const {
    words.insert(words.end(), {"--db", database_});
    return test::ended([&] { return run_history(words); });
  }
  std::string write(const std::string& name, const std::string& text) {
    return files_.write(name, text);
  }

 private:
  test::TemporaryFiles files_;
  std::string database_ = files_.path() + "/history.db";
  std::string first_ = files_.write(
      "1.jsonl", night(1, {host_result("a", Outcome::ok), host_result("b", Outcome::ok)}));
  std::string second_ = files_.write(
      "2.jsonl",
      night(2, {host_result("a", Outcome::ok), host_result("b", Outcome::connect_refused)}));
  std::string third_ = files_.write(
      "3.jsonl", night(3, {host_result("a", Outcome::ok), host_result("b", Outcome::ok),
                           host_result("c", Outcome::banner_silent)}));

 public:
  test::Ended imported;
};

TEST_CASE("history import: runs are added in order of time, whatever the order of the files") {
  const ThreeNights nights;
  CHECK(nights.imported.status == 0);
  CHECK(std::ranges::count(nights.imported.err, '\n') == 3);
  CHECK(nights.imported.err.find("1.jsonl: added") < nights.imported.err.find("2.jsonl: added"));
  CHECK(nights.imported.err.find("2.jsonl: added") < nights.imported.err.find("3.jsonl: added"));
}

TEST_CASE("history import: a run that is there stays as it is, a killed one is incomplete") {
  ThreeNights nights;
  const auto again = nights.write("again.jsonl", night(3, {host_result("z", Outcome::ok)}));
  CHECK(has(nights.run({"import", again}).err, "again.jsonl: already present"));
  CHECK(nights.run({"host", "z"}).status == 2);
  const auto killed =
      nights.write("killed.jsonl", without_end(night(4, {host_result("a", Outcome::ok)})));
  const auto imported = nights.run({"import", killed});
  CHECK(imported.status == 0);
  CHECK(has(imported.err, "killed.jsonl: added, INCOMPLETE"));
  CHECK(has(nights.run({"list", "--limit", "1"}).out, "INCOMPLETE"));
  CHECK(has(nights.run({"show"}).out, "an incomplete run is not compared"));
}

TEST_CASE("history import: a file without a run is refused, the others are not") {
  ThreeNights nights;
  const auto empty = nights.write("empty.jsonl", "");
  const auto fourth = nights.write("4.jsonl", night(4, {host_result("a", Outcome::ok)}));
  const auto refused = nights.run({"import", "/nonexistent", fourth, empty});
  CHECK(refused.status == 2);
  CHECK(has(refused.err, "cannot read /nonexistent"));
  CHECK(has(refused.err, "empty.jsonl: it contains no run"));
  CHECK(has(refused.err, "4.jsonl: added"));
  CHECK(std::ranges::count(nights.run({"list"}).out, '\n') == 4);
  CHECK(nights.run({"import", "/nonexistent/results.jsonl"}).status == 2);
}

TEST_CASE("history import: records behind the end are left out, and said") {
  ThreeNights nights;
  const auto lines = night(4, {host_result("a", Outcome::ok)});
  const auto end = lines.substr(lines.rfind('\n', lines.size() - 2) + 1);
  const auto host = without_end(lines).substr(lines.find('\n') + 1);
  const auto torn = nights.write("4.jsonl", lines + host + end);
  const auto fifth = nights.write("5.jsonl", night(5, {host_result("a", Outcome::ok)}));
  const auto imported = nights.run({"import", torn, fifth});
  CHECK(imported.status == 3);
  CHECK(has(imported.err, "4.jsonl: added\n"));
  CHECK(has(imported.err, "4.jsonl: left out 2 of its records, which belong to no run"));
  CHECK(has(imported.err, "5.jsonl: added\n"));
  CHECK(std::ranges::count(nights.run({"list"}).out, '\n') == 5);
}

TEST_CASE("history import: a file of several runs is all of them") {
  ThreeNights nights;
  const auto two =
      nights.write("two.jsonl", without_end(night(4, {host_result("a", Outcome::ok)})) +
                                    night(5, {host_result("a", Outcome::ok)}));
  const auto imported = nights.run({"import", two});
  CHECK(imported.status == 0);
  CHECK(has(imported.err, "two.jsonl: added, INCOMPLETE\n"));
  CHECK(has(imported.err, "two.jsonl, run fra1-5: added\n"));
  CHECK(std::ranges::count(nights.run({"list"}).out, '\n') == 5);
}

TEST_CASE("history import: a resumed scan is one run, although it began twice") {
  ThreeNights nights;
  const auto hosts = night(4, {host_result("a", Outcome::ok)});
  const auto run = hosts.substr(0, hosts.find('\n') + 1);
  const auto resumed = nights.write("resumed.jsonl", run + hosts);
  CHECK(nights.run({"import", resumed}).status == 0);
  CHECK(std::ranges::count(nights.run({"list"}).out, '\n') == 4);
}

TEST_CASE(
    "history import: an older run is refused alone, and a clock that was ahead refuses none") {
  ThreeNights nights;
  const auto older = nights.write("0.jsonl", night(0, {host_result("a", Outcome::ok)}));
  const auto ahead = nights.write("9.jsonl", night(90'000, {host_result("a", Outcome::ok)}));
  const auto imported = nights.run({"import", older, ahead});
  CHECK(imported.status == 2);
  CHECK(has(imported.err, "0.jsonl is older than the history's last one, of 2024-10-07"));
  CHECK(has(imported.err, "9.jsonl: added"));
  const auto next = nights.write("4.jsonl", night(4, {host_result("a", Outcome::ok)}));
  CHECK(nights.run({"import", next}).status == 0);
  CHECK(std::ranges::count(nights.run({"list"}).out, '\n') == 5);
  CHECK(nights.run({"prune", "--days", "1"}).err == "fleetscan: 4 runs removed\n");
}

TEST_CASE("history import: a pipe and standard input are read but once") {
  ThreeNights nights;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const auto lines = night(4, {host_result("a", Outcome::ok)});
  REQUIRE(write(ends[1], lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()));
  close(ends[1]);
  const auto imported = nights.run({"import", "/dev/fd/" + std::to_string(ends[0])});
  close(ends[0]);
  CHECK(imported.status == 0);
  CHECK(has(imported.err, ": added"));
  CHECK(std::ranges::count(nights.run({"list"}).out, '\n') == 4);
}

TEST_CASE("history list: the newest runs, oldest first, of one vantage or all") {
  const ThreeNights nights;
  const auto all = nights.run({"list"});
  CHECK(all.status == 0);
  CHECK(std::ranges::count(all.out, '\n') == 3);
  CHECK(all.out.starts_with("     1  2024-10-05 00:00  fra1"));
  CHECK(has(all.out, "  2          1        1          0\n"));
  CHECK(has(nights.run({"list", "--limit", "1"}).out, "     3  "));
  CHECK(std::ranges::count(nights.run({"list", "--vantage", "fra1"}).out, '\n') == 3);
  CHECK(nights.run({"list", "--vantage", "iad1"}).out.empty());
}

TEST_CASE("history trend: shares as bars, and as JSON the counts of every class") {
  const ThreeNights nights;
  const auto bars = nights.run({"trend"}).out;
  CHECK(has(bars, "        0      0%\n"));
  CHECK(has(bars, "        1     50%  " + std::string(20, '#') + "\n"));
  CHECK(nights.run({"list", "--json"}).out == nights.run({"trend", "--json"}).out);
  const auto trend = nlohmann::json::parse(nights.run({"trend", "--json"}).out);
  REQUIRE(trend.size() == 3);
  CHECK(trend[2].at("run_id") == "fra1-3");
  CHECK(trend[2].at("vantage") == "fra1");
  CHECK(trend[2].at("complete") == true);
  CHECK(trend[2].at("hosts") == 3);
  CHECK(trend[2].at("new") == 1);
  CHECK(trend[2].at("recovered") == 1);
  CHECK(trend[2].at("classes") == nlohmann::json{{"ok", 2}, {"banner_silent", 1}});
}

TEST_CASE("history show: what one run changed, the last one by default") {
  const ThreeNights nights;
  const auto last = nights.run({"show"});
  CHECK(last.status == 0);
  CHECK(has(last.out, "newly failing            1  c\n"));
  CHECK(has(last.out, "recovered                1  b\n"));
  CHECK(has(last.out, "added                    1  c\n"));
  CHECK(has(last.out, "failing now              1\n"));
  CHECK(has(nights.run({"show", "2"}).out, "failing then             1\n"));
  CHECK(has(nights.run({"show", "1"}).out, "the first run: nothing to compare with\n"));
  const auto shown = nlohmann::json::parse(nights.run({"show", "2", "--json"}).out);
  CHECK(shown.at("changes").at("new") == nlohmann::json{"b:22"});
  CHECK(shown.at("failing_since") == nlohmann::json{{"b:22", "2024-10-06T00:00:00.000Z"}});
  CHECK(nights.run({"show", "3"}).out == last.out);
  CHECK(has(nights.run({"show", "2"}).out, "newly failing            1  b\n"));
  const auto none = nights.run({"show", "9"});
  CHECK(none.status == 2);
  CHECK(has(none.err, "the history has no such run"));
}

TEST_CASE("history host: its states with their times, and port 22 need not be said") {
  const ThreeNights nights;
  const auto host = nights.run({"host", "b"});
  CHECK(host.status == 0);
  CHECK(host.out == nights.run({"host", "b:22"}).out);
  CHECK(has(host.out, "connect_refused"));
  CHECK(host.out.starts_with("b:22 from fra1: works since 2024-10-07 00:00 (ok)\n"));
  CHECK(has(host.out, "2024-10-07 00:00 to now"));
  const auto json = nlohmann::json::parse(nights.run({"host", "b", "--json"}).out);
  CHECK(json.at("states").size() == 3);
  CHECK(json.at("states")[1].at("what") == "connect_refused");
  CHECK(json.at("states")[2].at("until").is_null());
  const auto unknown = nights.run({"host", "b:2222"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err == "fleetscan: the history does not know b:2222\n");
}

TEST_CASE("history prune: old runs go, but the last complete one of a vantage stays") {
  const ThreeNights nights;
  CHECK(nights.run({"prune", "--days", "36500"}).err == "fleetscan: 0 runs removed\n");
  const auto pruned = nights.run({"prune", "--days", "1"});
  CHECK(pruned.status == 0);
  CHECK(pruned.err == "fleetscan: 2 runs removed\n");
  CHECK(has(nights.run({"list"}).out, "     3  "));
}

TEST_CASE("history: what cannot be asked is refused with status 2") {
  ThreeNights nights;
  const auto refusal = [](const Words& words) {
    return test::ended([&] { return run_history(words); });
  };
  const struct {
    Words words;
    std::string said;
  } cases[] = {
      {{}, "Try: fleetscan history --help"},
      {{"list"}, "--db"},
      {{"lst", "--db", "x"}, "did you mean list?"},
      {{"prune", "--db", "x", "--days", "0"}, "--days: \"0\": must be a number from 1"},
      {{"list", "--db", "/nonexistent/history.db"}, "/nonexistent/history.db: no such file"},
      {{"list", "--db", nights.write("text", "this is no database")}, "text"},
  };
  for (const auto& [words, said] : cases) {
    CAPTURE(said);
    const auto refused = refusal(words);
    CAPTURE(refused.err);
    CHECK(refused.status == 2);
    CHECK(refused.out.empty());
    CHECK(has(refused.err, said));
  }
}

}  // namespace
}  // namespace fleetscan::commands
