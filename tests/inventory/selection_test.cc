#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/glob.h"
#include "base/prefix.h"
#include "inventory/limit.h"
#include "inventory/share.h"
#include "inventory/where.h"
#include "tests/inventory/support/loading.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using test::Lines;

namespace {

/// Names of the targets that the options leave of `text`, read as Ansible INI.
Lines selected(const std::string& text, InventoryOptions options) {
  auto lines = test::load_text(Format::ansible_ini, text, std::move(options));
  for (auto& line : lines) line = line.substr(0, line.find_first_of(": "));
  return lines;
}

}  // namespace

TEST_CASE("matches_glob: as fnmatch") {
  const struct {
    std::string text, pattern;
    bool matches;
  } cases[] = {
      {"", "", true},           {"", "*", true},
      {"a", "", false},         {"abc", "a*c", true},
      {"abc", "a?c", true},     {"abc", "a?", false},
      {"abc", "*b*", true},     {"abc", "[a-c][b]c", true},
      {"abc", "[!a]bc", false}, {"]", "[]]", true},
      {"a]", "a[!]]", false},   {"[a", "[a", true},
      {"a-", "a[x-]", true},    {"aaab", "*a*b", true},
      {"aaac", "*a*b", false},
  };
  for (const auto& [text, pattern, matched] : cases) {
    CAPTURE(text);
    CAPTURE(pattern);
    CHECK(matches_glob(text, pattern) == matched);
  }
  CHECK_FALSE(matches_glob(std::string(5000, 'a'), "*a*a*a*a*a*a*b"));  // and soon
}

TEST_CASE("--limit @FILE: the terms in its lines") {
  test::TemporaryFiles files;
  const std::string inventory = "[web]\nw1\nw2\nw3\n[fra]\nw1\nd1\n[dmz]\n10.0.0.1\n2001:db8::1\n";
  std::string many = "w2\n";
  for (int i = 0; i < 500; ++i) many += "elsewhere" + std::to_string(i) + '\n';
  const struct {
    std::string text, behind;
    Lines names;
  } cases[] = {
      {"W1\n\n  d1  \n# w2\n", "", {"w1", "d1"}},
      {"w1\nw2\n", ":&fra", {"w1"}},
      {"w1\nw2\n", ",!w1", {"w2"}},
      {"web\n!w2\n", "", {"w1", "w3"}},
      {"d*\n10.0.0.1:2022\n[2001:db8::1]:22\n", "", {"d1", "10.0.0.1", "[2001"}},
      {many, "", {"w2"}},
  };
  for (const auto& [text, behind, names] : cases) {
    CAPTURE(text);
    CHECK(selected(inventory, {.limit = '@' + files.write("list", text) + behind}) == names);
  }
  const auto unreadable = selected(inventory, {.limit = "@" + files.path() + "/none"});
  REQUIRE(unreadable.size() == 1);
  CHECK(unreadable[0].find("none") != std::string::npos);
}

TEST_CASE("results as an inventory: all of its hosts, or those that failed") {
  const std::string results =
      R"({"type":"run","schema":"fleetscan.result/1","run_id":"r"}
{"type":"host","target":"web01:22","host":"web01","port":22,"address":"10.0.0.1","labels":{"site":"fra"},"state":"unreachable","ms":{"resolve":1.2}}
{"type":"host","target":"alias:2022","host":"alias","port":2022,"address":"10.0.0.2","labels":{},"state":"unreachable","ms":{"resolve":null}}
{"type":"host","target":"10.0.0.3:22","host":"10.0.0.3","port":22,"address":"10.0.0.3","labels":{},"state":"degraded","ms":{"resolve":null}}
{"type":"host","target":"late:22","host":"late","port":22,"address":null,"labels":{},"state":"unknown","ms":{"resolve":null}}
{"type":"host","target":"again:22","host":"again","port":22,"address":null,"labels":{},"state":"unreachable","ms":{"resolve":1}}
{"type":"host","target":"again:22","host":"again","port":22,"address":null,"labels":{},"state":"reachable","ms":{"resolve":1}}
{"type":"diagnosis","target":"web01:22","class":"connect_refused","causes":[],"finding":null}
{"type":"end","complete":true}
)";
  const auto of = [&](Only only) {
    auto lines = test::load_text(Format::automatic, results, {.only = only});
    std::ranges::sort(lines);
    return lines;
  };
  CHECK(of(Only::failing) == Lines{"alias:2022 10.0.0.2", "web01:22 site=fra"});
  CHECK(of(Only::reachable) == Lines{"10.0.0.3:22", "again:22"});
  CHECK(of(Only::unknown) == Lines{"late:22"});
  CHECK(of(Only::all).size() == 5);
  CHECK(test::error_in(Format::results, "{\"type\":\"host\",\"host\":\"a\",\"port\":0}\n")
            .find("port") != std::string::npos);
}

TEST_CASE("--limit: Ansible's patterns") {
  const std::string inventory =
      "Lone\n[web]\nw1\nw2\nw3\n[fra]\nw1\nd1\n[canary]\nw3\n[prod:children]\nweb\n[dmz]\n10.0.0."
      "1\n10.0.0.2\n";
  // clang-format off
  const struct { std::string limit; Lines names; } cases[] = {
      {"web", {"w1", "w2", "w3"}},
      {"prod", {"w1", "w2", "w3"}},
      {"web:&fra", {"w1"}},
      {"web:&fra:!canary", {"w1"}},
      {"web,!w1", {"w2", "w3"}},
      {"!web", {"lone", "d1", "10.0.0.1", "10.0.0.2"}},
      {"all:!prod:!dmz", {"lone", "d1"}},
      {"ungrouped", {"lone"}},
      {"w*:d1", {"w1", "w2", "w3", "d1"}},
      {"~[wd]1", {"w1", "d1"}},
      {"LONE", {"lone"}},
      {"web[0]", {"w1"}},
      {"web[-1]", {"w3"}},
      {"web[1:]", {"w2", "w3"}},
      {"web[0:1]:!w1", {"w2"}},
      {"10.0.0.2", {"10.0.0.2"}},
      {"10.0.0.*:&dmz", {"10.0.0.1", "10.0.0.2"}},
      {"dmz:!10.0.0.1", {"10.0.0.2"}},
      {"nothing", {}},
  };
  // clang-format on
  for (const auto& [limit, names] : cases) {
    CAPTURE(limit);
    CHECK(selected(inventory, {.limit = limit}) == names);
  }
  CHECK(selected(std::string(60, 'a'), {.limit = "~(a?)+b:~(a*)*$"}).size() == 1);  // and soon
  const std::string remedy = "a pattern is like web:&fra:!canary, db* or ~db[0-9]+";
  for (const std::string limit : {"&", "~[", ",", ":"}) {
    CAPTURE(limit);
    CHECK(test::lines_of(load_inventory({.targets = {"a"}, .limit = limit})) ==
          Lines{"--limit: \"" + limit + "\": " + remedy});
  }
}

TEST_CASE("--limit: ranges are taken whole by their group, and address by address by a pattern") {
  const auto load = [](const std::string& limit) {
    return test::load_text(Format::hosts, "10.0.0.0/29 group=a\n10.0.1.0/29 group=b\n",
                           {.limit = limit});
  };
  CHECK(load("a").size() == 8);
  CHECK(load("b,!~10.0.1.[0-3]$").size() == 4);
  CHECK(load("10.0.*.7") == Lines{"10.0.0.7:22 group=a", "10.0.1.7:22 group=b"});
}

TEST_CASE("--limit: a term that matches nothing is said") {
  const auto inventory =
      load_inventory({.targets = {"web1", "10.0.0.1"}, .limit = "web1:10.0.0.1:webb"}).inventory;
  REQUIRE(inventory);
  CHECK(inventory->notes() == Lines{"--limit: \"webb\" matches no group and no host"});
  CHECK(inventory->size() == 2);
}

TEST_CASE("--where: labels, with globs, negation, and several values") {
  const std::string text =
      "a site=fra rack=r1\nb site=ber\nc site=fra site=ber\nd\n10.0.0.0/31 site=fra\n";
  const auto load = [&](std::vector<std::string> where) {
    auto lines = test::load_text(Format::hosts, text, {.where = std::move(where)});
    for (auto& line : lines) line = line.substr(0, line.find(':'));
    return lines;
  };
  CHECK(load({"site=fra"}) == Lines{"a", "c", "10.0.0.0", "10.0.0.1"});
  CHECK(load({"site=fra", "rack=r*"}) == Lines{"a"});
  CHECK(load({"site!=fra"}) == Lines{"b", "d"});
  CHECK(load({"site=*"}) == Lines{"a", "b", "c", "10.0.0.0", "10.0.0.1"});
  CHECK(test::lines_of(load_inventory({.targets = {"a"}, .where = {"site", "=x"}})) ==
        Lines{"--where: \"site\": write KEY=VALUE or KEY!=VALUE",
              "--where: \"=x\": write KEY=VALUE or KEY!=VALUE"});
}

TEST_CASE("--sample: that many, decided by the seed, and --shard: disjoint parts of the whole") {
  const auto names = [](InventoryOptions options) {
    options.targets = {"web[1-500]", "10.0.0.0/23"};
    const auto inventory = load_inventory(options).inventory;
    REQUIRE(inventory);
    CHECK(inventory->whole_size() == 1012);
    std::set<std::string> listed, visited;
    const auto list = inventory->list(), visit = inventory->visit();
    while (const auto target = list->next()) listed.insert(target->name());
    while (const auto target = visit->next()) visited.insert(target->name());
    CHECK(listed == visited);
    CHECK(listed.size() == inventory->size());
    return listed;
  };
  CHECK(names({}).size() == 1012);
  CHECK(names({.sample = "200"}).size() == 200);
  CHECK(names({.sample = "200"}) == names({.sample = "200"}));
  CHECK(names({.sample = "200"}) != names({.sample = "200", .seed = 1}));
  CHECK(names({.sample = "5%"}).size() == 51);
  CHECK(names({.sample = "0.01%"}).size() == 1);
  CHECK(names({.sample = "5000"}).size() == 1012);

  for (const std::string sample : {"", "300"}) {
    std::set<std::string> all;
    std::size_t sum = 0;
    for (const std::string shard : {"1/3", "2/3", "3/3"}) {
      const auto part = names({.sample = sample, .shard = shard});
      CHECK(part.size() > (sample.empty() ? 250u : 60u));
      sum += part.size();
      all.insert(part.begin(), part.end());
    }
    CHECK(sum == all.size());
    CHECK(all == names({.sample = sample}));
  }
}

TEST_CASE("--sample and --shard: what they cannot be") {
  for (const std::string text : {"0", "-1", "0%", "101%", "x", "5%%", "%", "1e99", "nan%"}) {
    CAPTURE(text);
    CHECK_FALSE(Sample::parse(text));
  }
  for (const std::string text : {"", "1", "0/2", "3/2", "1/0", "1/65537", "a/b", "1/2/3", "-1/2"}) {
    CAPTURE(text);
    CHECK_FALSE(ShardChoice::parse(text));
  }
}

TEST_CASE("--subnet-map: the longest prefix labels, what the inventory says stays") {
  test::TemporaryFiles files;
  const auto map = files.write("map.csv",
                               "prefix,site,owner\n10.0.0.0/8,all,net\n10.0.0.4/30,fra,storage\n"
                               "10.0.0.5/32,one,\n2001:db8::/32,v6,x\n10.0.0.4/30,again,\n");
  const auto load = [&](const std::string& text) {
    return test::load_text(Format::hosts, text, {.subnet_map = map});
  };
  CHECK(load("10.0.0.3-10.0.0.6\n11.0.0.1\n") ==
        Lines{"10.0.0.3:22 owner=net site=all", "10.0.0.4:22 owner=storage site=fra",
              "10.0.0.5:22 site=one", "10.0.0.6:22 owner=storage site=fra", "11.0.0.1:22"});
  CHECK(load("10.0.0.4 site=mine\nweb\n2001:db8::1") ==
        Lines{"web:22", "10.0.0.4:22 owner=storage site=mine", "[2001:db8::1]:22 owner=x site=v6"});
  CHECK(test::load_text(Format::ansible_ini, "web ansible_host=10.0.0.5", {.subnet_map = map}) ==
        Lines{"web:22 10.0.0.5 site=one"});
  CHECK(load("0.0.0.0-10.0.0.0\n").size() == 1);  // too many, and so refused

  const auto inventory = load_inventory({.targets = {"web"}, .subnet_map = map}).inventory;
  Target target{.host = "web"};
  inventory->add_subnet_labels(target, *Address::parse("10.0.0.6"));
  CHECK(test::line_of(target) == "web:22 owner=storage site=fra");

  const auto wrong = files.write("wrong.csv", "prefix,site\n10.0.0.0/33,x\n\nweb,y\na,b,c\n");
  CHECK(test::lines_of(load_inventory({.targets = {"a"}, .subnet_map = wrong})) ==
        Lines{wrong + ":2: \"10.0.0.0/33\": a prefix is an address and a length, 10.0.0.0/24",
              wrong + ":4: \"web\": a prefix is an address and a length, 10.0.0.0/24",
              wrong + ":5: a row must have as many fields as the header"});
  CHECK(test::lines_of(
            load_inventory({.targets = {"a"}, .subnet_map = files.write("no.csv", "a,b\n")}))
            .front()
            .find("a header with a column prefix") != std::string::npos);
}

TEST_CASE("subnet map: nested prefixes agree with looking for the longest one") {
  std::string csv = "prefix,id\n";
  std::vector<Prefix> prefixes;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const auto mixed = (i + 1) * 2654435761u;
    const Prefix prefix{Address::v4((10u << 24) | (mixed >> 20 & 0xfff)),
                        18 + static_cast<int>(mixed % 15)};
    prefixes.push_back(prefix);
    csv += prefix.to_string() + ",p" + std::to_string(i) + '\n';
  }
  InputErrors errors;
  const auto map = SubnetMap::parse(csv, "m", errors);
  CHECK(errors.empty());
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const auto address = Address::v4((10u << 24) + i);
    std::optional<std::uint32_t> longest;
    for (std::uint32_t p = 0; p < prefixes.size(); ++p)
      if (prefixes[p].contains(address) &&
          (!longest || prefixes[p].length() > prefixes[*longest].length()))
        longest = p;
    REQUIRE(map.find(address) == longest);
  }
}
