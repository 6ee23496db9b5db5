#include "reports/summary/subnet_tree.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::summary;

namespace {

struct Result {
  Address address;
  Outcome outcome;
};

Address v4(const char* text) { return *Address::parse(text); }
Prefix prefix(const char* text) { return *Prefix::parse(text); }

SubnetTree tree_of(const std::vector<Result>& results) {
  SubnetTree tree;
  for (const auto& [address, outcome] : results) tree.add(address, outcome);
  return tree;
}

std::string text_of(const std::vector<PrefixTally>& cells) {
  std::string out;
  for (const auto& [where, tally] : cells)
    out += where.to_string() + ' ' + std::to_string(tally.failing()) + '/' +
           std::to_string(tally.hosts()) + '\n';
  return out;
}

/// `count` hosts from `first` on, of which every `nth` fails (0: none).
void add(SubnetTree& tree, const char* first, unsigned count, unsigned nth) {
  const auto base = v4(first).v4_value();
  for (unsigned i = 0; i < count; ++i)
    tree.add(Address::v4(base + i),
             nth != 0 && i % nth == 0 ? Outcome::connect_timeout : Outcome::ok);
}

/// Results in few and small subnets, so that prefixes fill up.
std::vector<Result> random_results() {
  const auto bytes =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 64));
  std::vector<Result> results;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const std::uint32_t value = (10U << 24U) | (bytes[i] % 4U) << 8U | bytes[i + 1] % 16U;
    const auto outcome = bytes[i] % 3 == 0 ? Outcome::ok : Outcome::connect_timeout;
    std::array<std::uint8_t, 16> v6{0x20, 0x01, 0x0d, 0xb8};
    v6[7] = bytes[i] % 2;
    v6[15] = bytes[i + 1] % 8;
    results.push_back({bytes[i] >= 48 ? Address::v6(v6) : Address::v4(value), outcome});
  }
  return results;
}

/// Three for the name of a prefix, one for each host in it that does not fail.
double simple_gain(std::uint64_t failing, std::uint64_t hosts) {
  return 2 * static_cast<double>(failing) - static_cast<double>(hosts - failing) - 3;
}

/// What the best choice of disjoint prefixes gains, by trying every length of every prefix.
double best_by_brute_force(const std::vector<Result>& results, int length) {
  if (results.empty()) return 0;
  const auto failing = std::ranges::count_if(
      results, [](const Result& result) { return result.outcome != Outcome::ok; });
  const auto whole =
      std::max(simple_gain(static_cast<std::uint64_t>(failing), results.size()), 0.0);
  if (length == results.front().address.bits()) return whole;
  std::vector<Result> zeros, ones;
  for (const auto& result : results) {
    const auto byte = result.address.bytes()[static_cast<std::size_t>(length / 8)];
    ((byte >> (7 - length % 8) & 1) != 0 ? ones : zeros).push_back(result);
  }
  return std::max(whole,
                  best_by_brute_force(zeros, length + 1) + best_by_brute_force(ones, length + 1));
}

bool fails(Outcome outcome) { return probe::is_failure(outcome); }

std::string text_of(const SubnetTree& tree, const std::vector<Concentration>& found) {
  std::string out;
  for (const auto& each : found)
    out += each.prefix ? each.prefix->to_string() + ' ' +
                             std::to_string(tree.count(*each.prefix).failing()) + '/' +
                             std::to_string(each.hosts) + '\n'
                       : each.first.to_string() + " to " + each.last.to_string() + ' ' +
                             std::to_string(each.hosts) + '\n';
  return out;
}

std::string concentrations_of(const SubnetTree& tree) {
  return text_of(tree, tree.concentrations(fails, simple_gain));
}

}  // namespace

TEST_CASE("SubnetTree: counts at any length") {
  SubnetTree tree;
  add(tree, "10.0.0.0", 256, 2);
  add(tree, "10.0.1.0", 100, 0);
  tree.add(v4("2001:db8::1"), Outcome::connect_refused);
  const std::tuple<const char*, std::uint64_t, std::uint64_t> cases[] = {
      {"10.0.0.0/24", 256, 128}, {"10.0.0.0/25", 128, 64},
      {"10.0.0.0/32", 1, 1},     {"10.0.0.1/32", 1, 0},
      {"10.0.0.0/23", 356, 128}, {"0.0.0.0/0", 356, 128},
      {"10.0.2.0/24", 0, 0},     {"11.0.0.0/8", 0, 0},
      {"2001:db8::/32", 1, 1},   {"::/0", 1, 1},
      {"2001:db8::1/128", 1, 1}, {"2001:db8::2/128", 0, 0}};
  for (const auto& [where, hosts, failing] : cases) {
    CAPTURE(std::string(where));
    CHECK(tree.count(prefix(where)).hosts() == hosts);
    CHECK(tree.count(prefix(where)).failing() == failing);
  }
  CHECK(text_of(tree.at_length({24, 64})) ==
        "10.0.0.0/24 128/256\n10.0.1.0/24 0/100\n2001:db8::/64 1/1\n");
  CHECK(text_of(tree.at_length({16, 32})) == "10.0.0.0/16 128/356\n2001:db8::/32 1/1\n");
  CHECK(text_of(tree.at_length({25, 64})) ==
        "10.0.0.0/25 64/128\n10.0.0.128/25 64/128\n10.0.1.0/25 0/100\n2001:db8::/64 1/1\n");
}

TEST_CASE("SubnetTree: counting agrees with a plain count for every prefix") {
  CHECK(rc::check([] {
    const auto results = random_results();
    const auto tree = tree_of(results);
    for (const auto& [address, ignored] : results)
      for (int length = 0; length <= address.bits(); ++length) {
        const Prefix where(address, length);
        const auto hosts = std::ranges::count_if(results, [&](const Result& r) {
          return r.address.family() == address.family() && where.contains(r.address);
        });
        RC_ASSERT(tree.count(where).hosts() == static_cast<std::uint64_t>(hosts));
      }
  }));
}

TEST_CASE("SubnetTree: where failures gather") {
  SubnetTree tree;
  SUBCASE("a dead subnet beside a healthy one") {
    add(tree, "10.4.6.0", 64, 0);
    add(tree, "10.4.7.0", 64, 1);
    CHECK(concentrations_of(tree) == "10.4.7.0/26 64/64\n");
  }
  SUBCASE("a few of its hosts may live") {
    add(tree, "10.4.6.0", 200, 0);
    add(tree, "10.4.7.0", 80, 1);
    add(tree, "10.4.7.128", 4, 0);
    tree.add(v4("10.4.7.200"), Outcome::connect_timeout);
    tree.add(v4("10.4.7.201"), Outcome::connect_timeout);
    tree.add(v4("10.4.7.202"), Outcome::connect_timeout);
    tree.add(v4("10.4.7.203"), Outcome::connect_timeout);
    CHECK(concentrations_of(tree) == "10.4.7.0/25 80/80\n10.4.7.200/30 4/4\n");
  }
  SUBCASE("neighbors become one") {
    add(tree, "10.0.0.0", 512, 1);
    add(tree, "10.0.2.0", 512, 0);
    CHECK(concentrations_of(tree) == "10.0.0.0/23 512/512\n");
  }
  SUBCASE("half a subnet") {
    add(tree, "10.0.0.0", 128, 0);
    add(tree, "10.0.0.128", 128, 1);
    CHECK(concentrations_of(tree) == "10.0.0.128/25 128/128\n");
  }
  SUBCASE("single hosts make no prefix") {
    add(tree, "10.0.0.0", 256, 60);
    CHECK(concentrations_of(tree).empty());
  }
  SUBCASE("only what counts as failing") {
    add(tree, "10.0.0.0", 64, 1);
    const auto resets = [](Outcome outcome) { return outcome == Outcome::connect_reset; };
    CHECK(tree.concentrations(resets, simple_gain).empty());
  }
  SUBCASE("families apart") {
    add(tree, "10.0.0.0", 4, 1);
    for (const char* host : {"2001:db8::1", "2001:db8::2", "2001:db8::3"})
      tree.add(v4(host), Outcome::connect_timeout);
    CHECK(concentrations_of(tree) == "10.0.0.0/30 4/4\n2001:db8::/126 3/3\n");
  }
  SUBCASE("neighbors that gain more as one range are one") {
    add(tree, "10.0.0.0", 32, 0);
    add(tree, "10.0.0.32", 48, 1);
    add(tree, "10.0.0.80", 40, 0);
    add(tree, "10.0.2.0", 8, 1);
    CHECK(concentrations_of(tree) == "10.0.0.32/27 32/32\n10.0.0.64/28 16/16\n10.0.2.0/29 8/8\n");
    CHECK(text_of(tree, tree.concentrations(fails, simple_gain, simple_gain)) ==
          "10.0.0.32 to 10.0.0.79 48\n10.0.2.0/29 8/8\n");
  }
  SUBCASE("nothing") { CHECK(concentrations_of(tree).empty()); }
}

TEST_CASE("SubnetTree: its best choice gains as much as brute force finds") {
  CHECK(rc::check([] {
    const auto results = random_results();
    const auto tree = tree_of(results);
    double gained = 0;
    const auto found = tree.concentrations(fails, simple_gain);
    for (const auto& each : found) {
      RC_ASSERT(tree.count(*each.prefix).hosts() == each.hosts);
      gained += simple_gain(tree.count(*each.prefix).failing(), each.hosts);
    }
    std::vector<Result> v4s, v6s;
    for (const auto& result : results) (result.address.is_v4() ? v4s : v6s).push_back(result);
    RC_ASSERT(gained == best_by_brute_force(v4s, 0) + best_by_brute_force(v6s, 0));
  }));
}

TEST_CASE("SubnetTree: lengths for a number of cells") {
  SubnetTree tree;
  for (unsigned i = 0; i < 5000; ++i) tree.add(Address::v4((10U << 24U) + (i << 8U)), Outcome::ok);
  CHECK(tree.lengths_for(5000).v4 == 24);
  CHECK(tree.lengths_for(4999).v4 == 20);
  CHECK(tree.at_length(tree.lengths_for(4999)).size() == 313);
  CHECK(tree.lengths_for(1).v4 == 8);
}
