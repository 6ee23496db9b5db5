#include <doctest/doctest.h>

#include <algorithm>

#include "commands/confinement.h"
#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/environment.h"

namespace fleetscan::commands {
namespace {

using Words = std::vector<std::string>;

/// The folders in which a scan with these words still writes, sorted.
Words folders(Words words, const std::string& output_dir = "") {
  words.emplace_back("hosts.txt");
  auto folders = needed_files(options_of_words(words), output_dir).folders;
  std::ranges::sort(folders);
  return folders;
}

TEST_CASE("needed_files: the folder of each file that is still to be written") {
  const test::Environment quiet{{"SQLITE_TMPDIR", std::nullopt}};
  CHECK(folders({}).empty());
  CHECK(folders({"--jsonl", "/a/x", "--json", "/b/x", "--html", "/c/x", "--csv", "/d/x", "--junit",
                 "/e/x", "--prometheus", "/f/x"}) == Words{"/a", "/b", "/c", "/d", "/e", "/f"});
  CHECK(folders({"--history", "/g/history.db"}) == Words{"/g"});
  CHECK(folders({"--resume", "/h/results.jsonl"}) == Words{"/h"});
  CHECK(folders({"--csv", "x.csv"}) == Words{"."});
}

TEST_CASE("needed_files: of kept runs the folder around them, since old ones are removed") {
  const test::Environment quiet{{"SQLITE_TMPDIR", std::nullopt}};
  CHECK(folders({"-o", "/runs/20261120T021500Z-1f2e3d4c"}, "/runs") == Words{"/runs"});
}

TEST_CASE("needed_files: standard output, devices and files that are only read need no folder") {
  const test::Environment quiet{{"SQLITE_TMPDIR", std::nullopt}};
  CHECK(folders({"--jsonl", "-", "--csv", "/dev/null"}).empty());
  CHECK(folders({"--baseline", "/a/baseline"}).empty());
  CHECK(folders({"--baseline", "/a/baseline", "--update-baseline"}) == Words{"/a"});
  CHECK(folders({"--known-hosts", "/a/known_hosts", "-x", "/b/exclude"}).empty());
}

TEST_CASE("needed_files: a history is changed in place, the rest is replaced") {
  const test::Environment quiet{{"SQLITE_TMPDIR", std::nullopt}};
  auto options = options_of_words({"hosts.txt", "--history", "/g/history.db", "--csv", "/e/x"});
  CHECK(needed_files(options, "").changed == Words{"/g/history.db"});
}

TEST_CASE("needed_files: where SQLite keeps its own temporary files") {
  const test::Environment set{{"SQLITE_TMPDIR", "/var/sqlite"}};
  CHECK(folders({}) == Words{"/var/sqlite"});
}

}  // namespace
}  // namespace fleetscan::commands
