#include "inventory/inventory.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/inventory/support/loading.h"
#include "tests/inventory/support/temporary_files.h"

using namespace fleetscan;
using namespace fleetscan::inventory;

namespace {

using Lines = std::vector<std::string>;

/// The name of each target and its labels, in the inventory's order; or each error.
Lines loaded(const InventoryOptions& options) {
  Lines result;
  const auto [inventory, errors, notes] = load_inventory(options);
  for (const auto& error : errors.kept()) result.push_back(error.to_string());
  const bool loaded = inventory != nullptr;
  CHECK(loaded == errors.empty());
  if (!inventory) return result;
  const auto list = inventory->list();
  while (const auto target = list->next()) {
    auto line = target->name();
    if (target->labels)
      for (const auto& [key, value] : *target->labels) line += ' ' + key + '=' + value;
    result.push_back(line);
  }
  CHECK(result.size() == inventory->size());
  return result;
}

Lines loaded_file(const std::string& hosts, std::vector<std::string> excludes = {}) {
  test::TemporaryFiles files;
  return loaded({.targets = {files.write("hosts.txt", hosts)}, .excludes = std::move(excludes)});
}

std::string sha256(std::vector<std::string> targets) {
  return load_inventory({.targets = std::move(targets)}).inventory->sha256();
}

}  // namespace

TEST_CASE("load_inventory: arguments are files, standard input or expressions") {
  test::TemporaryFiles files;
  const auto path = files.write("list", "web01\n10.0.0.0/31 rack=a\n");
  const auto [inventory, errors, notes] =
      load_inventory({.targets = {path, "web02:2222", "[::1]:24"}});
  REQUIRE(inventory);
  CHECK(inventory->sources() == Lines{path, "web02:2222", "[::1]:24"});
  std::vector<std::string> seen;
  const auto list = inventory->list();
  while (const auto target = list->next())
    seen.push_back(target->name() + (target->address ? " literal" : "") + " from " +
                   target->source);
  CHECK(seen == Lines{"web01:22 from " + path + ":1", "web02:2222 from ",
                      "10.0.0.0:22 literal from " + path + ":2",
                      "10.0.0.1:22 literal from " + path + ":2", "[::1]:24 literal from "});
}

TEST_CASE("load_inventory: duplicates are merged, their labels united") {
  CHECK(loaded_file("web01 a=1\nWEB01. a=2 b=3\nweb01.:22\nweb01:23\n") ==
        Lines{"web01:22 a=1", "web01.:22 a=2 b=3", "web01:23"});
  CHECK(loaded_file("w.x a=1\nW.X. a=2 b=3\nw.x:22\n") == Lines{"w.x:22 a=1,2 b=3"});
  CHECK(loaded_file("10.0.0.0/30 net=a\n10.0.0.2 rack=b\n10.0.0.2:23\n") ==
        Lines{"10.0.0.0:22 net=a", "10.0.0.1:22 net=a", "10.0.0.2:22 net=a rack=b",
              "10.0.0.3:22 net=a", "10.0.0.2:23"});
  CHECK(loaded_file("255.255.255.254/31\n255.255.255.255 a=b\n0.0.0.0\n") ==
        Lines{"0.0.0.0:22", "255.255.255.254:22", "255.255.255.255:22 a=b"});
  const auto notes =
      load_inventory({.targets = {"10.0.0.0/24", "10.0.0.9", "a", "a"}}).inventory->notes();
  CHECK(notes == Lines{"2 duplicates merged"});
}

TEST_CASE("load_inventory: exclusion always wins, whatever the notation") {
  // clang-format off
  const struct { std::string hosts; Lines excludes, left; } cases[] = {
      {"10.0.0.0/30", {"10.0.0.1-10.0.0.2"}, {"10.0.0.0:22", "10.0.0.3:22"}},
      {"10.0.0.0/30", {"10.0.0.0/31", "10.0.0.1-10.0.0.2", "10.0.0.1"}, {"10.0.0.3:22"}},
      {"10.0.0.0/30", {"0.0.0.0/0"}, {}},
      {"10.0.0.0/30", {"10.0.0.0/24:2222"}, {"10.0.0.0:22", "10.0.0.1:22", "10.0.0.2:22", "10.0.0.3:22"}},
      {"10.0.0.1\n10.0.0.1:2222", {"10.0.0.1:2222"}, {"10.0.0.1:22"}},
      {"10.0.0.1\n10.0.0.1:2222", {"10.0.0.1"}, {}},
      {"10.0.0.1\n10.0.0.2", {"10.0.0.*"}, {}},
      {"web1\nweb2\nweb3:23\nweb4", {"web[1-3]"}, {"web4:22"}},
      {"Web1\nweb1.", {"WEB1"}, {}},
      {"2001:db8::/126", {"2001:db8::1/128", "2001:db8::3"}, {"[2001:db8::]:22", "[2001:db8::2]:22"}},
      {"fe80::1%lo", {"fe80::/10"}, {}},
      {"255.255.255.254/31", {"255.255.255.255"}, {"255.255.255.254:22"}},
      {"::ffff:10.0.0.1\n::ffff:10.0.1.1", {"10.0.0.0/24"}, {"[::ffff:10.0.1.1]:22"}},
      {"::ffff:10.0.0.0/126", {"10.0.0.1-10.0.0.3"}, {"[::ffff:10.0.0.0]:22"}},
      {"10.0.0.1\n10.0.1.1", {"::ffff:10.0.0.1"}, {"10.0.1.1:22"}},
      {"10.0.0.0/31", {"::ffff:10.0.0.0/127"}, {}},
      {"64:ff9b::10.0.0.1\n64:ff9b::10.0.1.1", {"10.0.0.1"}, {"[64:ff9b::a00:101]:22"}},
      {"10.0.0.1", {"64:ff9b::/96"}, {"10.0.0.1:22"}},
      {"0.0.0.0\n::ffff:0.0.0.0\n127.0.0.2", {"127.0.0.1"}, {"127.0.0.2:22"}},
      {"0.0.0.0", {"127.0.0.0/8"}, {}},
      {"127.0.0.1\n127.0.0.2", {"0.0.0.0"}, {"127.0.0.2:22"}},
      {"::\n::2", {"::1"}, {"[::2]:22"}},
      {"10.0.0.1\n::1\n::", {"::/0"}, {"10.0.0.1:22"}},
  };
  // clang-format on
  for (const auto& [hosts, excludes, left] : cases) {
    CAPTURE(hosts);
    CAPTURE(excludes.front());
    CHECK(loaded_file(hosts, excludes) == left);
  }
}

TEST_CASE("load_inventory: what was dropped, and why") {
  test::TemporaryFiles files;
  const auto never = files.write("never.txt", "# never\n10.0.0.4/30\nweb9\n");
  const auto [inventory, errors, notes] =
      load_inventory({.targets = {"10.0.0.0/29", "web9", "10.0.0.9"},
                      .excludes = {never, "10.0.0.9"},
                      .keep_dropped = true});
  REQUIRE(inventory);
  Lines dropped;
  for (const auto& [text, count, reason] : inventory->dropped())
    dropped.push_back(text + ' ' + std::to_string(count) + ' ' + reason);
  CHECK(dropped == Lines{"web9:22 1 excluded by " + never + ":3",
                         "10.0.0.4-10.0.0.7:22 4 excluded by " + never + ":2",
                         "10.0.0.9:22 1 excluded by \"10.0.0.9\""});
  CHECK(inventory->notes() == Lines{"6 targets excluded"});
  CHECK(inventory->excluded(*Address::parse("10.0.0.5"), 22) == "excluded by " + never + ":2");
  CHECK_FALSE(inventory->excluded(*Address::parse("10.0.0.8"), 22));
}

TEST_CASE("load_inventory: all errors at once, with place and remedy") {
  test::TemporaryFiles files;
  const auto path = files.write("hosts.txt", "web01\n  10.0.0.0/33 a=b\nweb02 oops\n[::1\nweb:0\n");
  const auto lines = loaded({.targets = {path, "10.0.0.9-5", "hosts.txt"},
                             .excludes = {"a/b", "./none"},
                             .strict = true});
  // clang-format off
  CHECK(lines == Lines{
      path + ":2:3: \"10.0.0.0/33\": prefix length must be 0 to 32",
      path + ":3:1: \"web02\": only labels (key=value) may follow the host; put each host on its own line",
      path + ":4:1: \"[::1\": the bracket is not closed: write [address]:port",
      path + ":5:5: \"web:0\": a port is a number from 1 to 65535",
      "\"10.0.0.9-5\": an octet is a number from 0 to 255 without leading zeros, or a rising range",
      "\"hosts.txt\": no such file",
      "--exclude: \"a/b\": a prefix needs an address before the slash",
      "--exclude: \"./none\": no such file"});
  // clang-format on
}

TEST_CASE("load_inventory: one odd entry is left out, is recorded, and is said") {
  test::TemporaryFiles files;
  const auto path = files.write("hosts.txt", "web01\n10.0.0.0/33\nweb02\n");
  const std::string reason = path + ":2:1: \"10.0.0.0/33\": prefix length must be 0 to 32";
  const auto tolerated = load_inventory({.targets = {path}});
  CHECK(test::lines_of(tolerated) ==
        Lines{"web01:22", "web02:22", "10.0.0.0/33:22 (not understood: " + reason + ")"});
  CHECK(tolerated.notes == Lines{reason + "; left out"});
  CHECK(loaded({.targets = {path}, .strict = true}) == Lines{reason});
  CHECK(loaded({.targets = {"web1"}, .excludes = {path}}) == Lines{reason});
}

TEST_CASE("load_inventory: what is mostly odd is no inventory, and what names no host is none") {
  test::TemporaryFiles files;
  const auto prose = files.write("prose", "hosts\nThese are our hosts.\nAsk before use.\n");
  CHECK(loaded({.targets = {prose}}).size() == 2);
  CHECK(load_inventory({.targets = {prose}}).inventory == nullptr);
  const auto empty = files.write("empty", "# none\n");
  CHECK(loaded({.targets = {"web1", empty}}) == Lines{"web1:22"});
  CHECK(loaded({.targets = {"web1", empty}, .allow_barren = false}) ==
        Lines{empty +
              ": names no host (--allow-empty accepts that); it was read as a list of hosts"});
}

TEST_CASE("load_inventory: a host that is odd here and good there is scanned") {
  test::TemporaryFiles files;
  const auto odd = files.write("1.ini", "[a]\nweb1 ansible_port=x\nweb2\n");
  const auto good = files.write("2.txt", "web1\n");
  CHECK(test::lines_of(load_inventory({.targets = {odd, good}})) ==
        Lines{"web1:22", "web2:22 group=a"});
  CHECK(test::lines_of(load_inventory({.targets = {good, odd}})) ==
        Lines{"web1:22", "web2:22 group=a"});
}

TEST_CASE("load_inventory: of many odd entries, three of a kind are told and the rest counted") {
  test::TemporaryFiles files;
  std::string text;
  for (int i = 0; i < 9; ++i) text += fmt::format("web{}\nx/{}\n", i, i);
  const auto path = files.write("hosts.txt", text);
  const auto notes = load_inventory({.targets = {path}}).notes;
  REQUIRE(notes.size() == 4);
  CHECK(notes.back() == path + ": 6 more left out: a prefix needs an address before the slash");
}

TEST_CASE("load_inventory: a directory is all its files, but for backups and hidden ones") {
  test::TemporaryFiles files;
  for (const auto* name : {"b.txt", "a", "c~", ".hidden", "d.bak", "sub/e", "f.cfg", "g.ini",
                           "h.retry", "i.md", "group_vars/j", "host_vars/k", ".git/l"})
    files.write(name, std::string{"host-"} + (name[0] == '.' ? 'h' : name[0]));
  CHECK(loaded({.targets = {files.path()}}) == Lines{"host-a:22", "host-b:22", "host-s:22"});
}

TEST_CASE("load_inventory: nothing is waited for that may never end") {
  test::TemporaryFiles files;
  files.write("a", "host-a\nhost-b\n");
  REQUIRE(mkfifo((files.path() + "/pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", files.path() + "/zero");
  CHECK(loaded({.targets = {files.path()}}) == Lines{"host-a:22", "host-b:22"});
  const auto config = files.write("c", "Host web\nInclude " + files.path() + "/[pz]*\n");
  CHECK(loaded({.targets = {config}, .format = Format::ssh_config}) == Lines{"web:22"});
  const auto endless = load_inventory({.targets = {"/dev/zero"}});
  REQUIRE(endless.errors.kept().size() == 1);
  CHECK(endless.errors.kept().front().to_string() == "/dev/zero: a device that does not end");
}

TEST_CASE("load_inventory: more targets than allowed are refused") {
  const std::string remedy = ": raise it, take a --sample, or leave some out with --exclude";
  CHECK(loaded({.targets = {"10.0.0.0/24"}, .max_targets = 256}).size() == 256);
  CHECK(loaded({.targets = {"10.0.0.0/24"}, .max_targets = 255}) ==
        Lines{"the inventory names 256 targets, more than --max-targets 255" + remedy});
  CHECK(loaded({.targets = {"10.0.0.0/8"}}) ==
        Lines{"the inventory names 16777216 targets, more than --max-targets 1048576" + remedy});
  CHECK(loaded({.targets = {"::/0"}}) == Lines{"the inventory names more targets than can be "
                                               "counted, more than --max-targets 1048576" +
                                               remedy});
  CHECK(loaded({.targets = {"10.0.0.0/8"}, .sample = "3"}).size() == 3);
  CHECK(loaded({.targets = {"n[0-999999999]"}}).size() == 1);
  CHECK(loaded({.targets = {"*.*.*.1"}}).size() == 1);
  CHECK(loaded({.targets = {"10.0.0.0/8"}, .excludes = {"10.0.1.0-10.255.255.255"}}).size() == 256);
}

TEST_CASE("Inventory: the digest knows the set, not its order, notation or labels") {
  const auto digest = sha256({"10.0.0.0/30", "web1", "web2"});
  CHECK(digest.size() == 64);
  CHECK(digest == sha256({"web2", "10.0.0.2/31", "web1", "web1", "10.0.0.0", "10.0.0.1"}));
  CHECK(digest != sha256({"10.0.0.0/30", "web1", "web3"}));
  CHECK(digest != sha256({"10.0.0.0/30", "web1", "web2:23"}));
  CHECK(digest != sha256({"10.0.0.1-10.0.0.4", "web1", "web2"}));
}

TEST_CASE("Inventory: visits each target once, in an order that the seed decides") {
  const auto visited = [](std::uint64_t seed) {
    Lines names;
    const auto source =
        load_inventory({.targets = {"web[1-50]", "10.0.0.0/24", "2001:db8::/124"}, .seed = seed})
            .inventory->visit();
    CHECK(source->size() == 322);
    while (const auto target = source->next()) names.push_back(target->name());
    return names;
  };
  auto names = visited(1);
  CHECK(names == visited(1));
  CHECK(names != visited(2));
  CHECK(names.size() == 322);
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == 322);
}

TEST_CASE("Inventory: a prefix costs no memory per address") {
  const auto inventory =
      load_inventory({.targets = {"127.0.0.0/8"}, .max_targets = 20000000}).inventory;
  REQUIRE(inventory);
  CHECK(inventory->size() == 16777216);
  const auto target = inventory->visit()->next();
  REQUIRE(target);
  CHECK(target->address->bytes()[0] == 127);
}
