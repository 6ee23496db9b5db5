#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands/confinement.h"
#include "inventory/inventory.h"
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

TEST_CASE("needed_ports: of targets, canaries and name servers, where they are few") {
  using Ports = std::set<std::uint16_t>;
  const auto loaded = [](std::vector<std::string> targets) {
    return inventory::load_inventory({.targets = std::move(targets)}).inventory;
  };
  const auto mixed = loaded({"web01", "web02:2222", "10.0.0.0/28:24", "[::1]:25"});
  const inventory::Target canary{.host = "canary", .port = 26};
  const auto options = options_of_words({"web01"});
  CHECK(needed_ports(options, *mixed, {}) == Ports{22, 24, 25, 53, 2222});
  CHECK(needed_ports(options, *mixed, {canary}) == Ports{22, 24, 25, 26, 53, 2222});
  CHECK(needed_ports(options_of_words({"web01", "--dns-server", "10.0.0.1:5353"}), *mixed, {}) ==
        Ports{22, 24, 25, 2222, 5353});
  CHECK(needed_ports(options_of_words({"web01", "--resolver", "system"}), *mixed, {}).empty());
  CHECK(needed_ports(options_of_words({"web01", "--proxy", "socks5://gate"}), *mixed, {canary}) ==
        Ports{53, 1080});
  CHECK(needed_ports(options_of_words({"web01", "--proxy", "ssh://gate:2222"}), *mixed, {canary}) ==
        Ports{53});
  std::vector<std::string> many;
  for (std::size_t port = 1; port <= kFewPorts; ++port)
    many.push_back("web01:" + std::to_string(1000 + port));
  CHECK(needed_ports(options, *loaded(many), {}).empty());
  many.pop_back();
  CHECK(needed_ports(options, *loaded(many), {}).size() == kFewPorts);
}

}  // namespace
}  // namespace fleetscan::commands
