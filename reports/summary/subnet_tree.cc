#include "reports/summary/subnet_tree.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"
#include "reports/summary/subnet_results.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {
namespace {

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

/// The bits that subnet_of() clears.
std::uint64_t suffix_of(const Address& address) {
  const std::span bytes(address.bytes());
  return address.is_v4() ? big_endian(bytes.subspan(3, 1)) : big_endian(bytes.subspan(8, 8));
}

Address with_suffix(const Prefix& subnet, std::uint64_t suffix) {
  auto bytes = subnet.base().bytes();
  if (subnet.base().is_v4())
    return Address::v4(subnet.base().v4_value() | static_cast<std::uint32_t>(suffix));
  for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::uint8_t>(suffix >> (8 * i));
  return Address::v6(bytes, subnet.base().scope());
}

int common_bits(const Address& a, const Address& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.bytes().size(); ++i) {
    const auto differing = static_cast<std::uint8_t>(a.bytes()[i] ^ b.bytes()[i]);
    if (differing != 0) return bits + std::countl_zero(differing);
    bits += 8;
  }
  return a.bits();
}

bool bit(const Address& address, int index) {
  const auto byte = address.bytes()[static_cast<std::size_t>(index / 8)];
  return (byte >> (7 - index % 8) & 1) != 0;
}

/// One address; or a whole subnet in which all fail or none, which no Gatherer needs to look into.
struct Point {
  Address first;
  Address last;
  std::uint64_t hosts = 0;
  std::uint64_t failing = 0;
};

using Points = std::span<const Point>;

/// Points that lie together, and what they gain.
struct Group {
  Points points;
  double gain = 0;
  std::optional<Prefix> prefix = {};
};

struct Count {
  std::uint64_t failing = 0;
  std::uint64_t hosts = 0;
};

Count count_of(Points points) {
  Count count;
  for (const auto& point : points) count.failing += point.failing, count.hosts += point.hosts;
  return count;
}

/// Walks the trie from its root: each node is worth its own gain, or what its two halves are worth.
class Gatherer {
 public:
  explicit Gatherer(const SubnetTree::Gain& gain) : gain_(gain) {}

  /// Returns what the best choice of prefixes within `node` gains.
  /// REQUIRES: `node` is sorted and of one family.
  double visit(Points node) {
    const auto count = count_of(node);
    if (count.failing == 0) return 0;

    const auto& first = node.front().first;
    const int length = common_bits(first, node.back().last);
    const auto before = found.size();
    double parts = 0;
    if (node.size() > 1 && length < first.bits()) {
      const auto middle = std::ranges::partition_point(
          node, [length](const Point& point) { return !bit(point.first, length); });
      parts = visit({node.begin(), middle}) + visit({middle, node.end()});
    }
    const auto whole = gain_(count.failing, count.hosts);
    if (whole <= parts) return parts;
    found.resize(before);
    found.push_back({node, whole, Prefix(first, length)});
    return whole;
  }

  std::vector<Group> found;

 private:
  const SubnetTree::Gain& gain_;
};

/// So near that a range over both speaks of few addresses that belong to neither: in the same /24
/// or the one after it, or in the same /64.
bool are_near(const Address& before, const Address& after) {
  if (before.is_v4() != after.is_v4()) return false;
  if (!before.is_v4()) return subnet_of(before) == subnet_of(after);
  return (after.v4_value() >> 8) - (before.v4_value() >> 8) <= 1;
}

/// Joins neighbors that gain more together. REQUIRES: all are in order and in one array of points
std::vector<Group> joined(const std::vector<Group>& groups, const SubnetTree::Gain& gain) {
  std::vector<Group> out;
  for (const auto& group : groups) {
    out.push_back(group);
    while (out.size() > 1) {
      const auto& low = out[out.size() - 2];
      const auto& high = out.back();
      if (!are_near(low.points.back().last, high.points.front().first)) break;
      const Points both(low.points.begin(), high.points.end());
      const auto count = count_of(both);
      const auto together = gain(count.failing, count.hosts);
      if (together <= low.gain + high.gain) break;
      out.pop_back();
      out.back() = {both, together};
    }
  }
  return out;
}

/// Adds, in order of address, what a Gatherer needs to know of one subnet.
void add_points(const Prefix& subnet, const SubnetResults& results, const SubnetTree::Fails& fails,
                std::vector<Point>& points) {
  auto lowest = ~std::uint64_t{0}, highest = std::uint64_t{0}, failing = std::uint64_t{0};
  results.each([&](std::uint64_t suffix, probe::Outcome outcome) {
    lowest = std::min(lowest, suffix), highest = std::max(highest, suffix);
    if (fails(outcome)) ++failing;
  });
  if (failing == 0 || failing == results.size()) {
    points.push_back(
        {with_suffix(subnet, lowest), with_suffix(subnet, highest), results.size(), failing});
    return;
  }
  const auto start = static_cast<std::ptrdiff_t>(points.size());
  results.each([&](std::uint64_t suffix, probe::Outcome outcome) {
    const auto address = with_suffix(subnet, suffix);
    points.push_back({address, address, 1, fails(outcome) ? 1U : 0U});
  });
  std::sort(points.begin() + start, points.end(),
            [](const Point& a, const Point& b) { return a.first < b.first; });
}

}  // namespace

void Tally::add(probe::Outcome outcome, std::uint64_t count) {
  hosts_ += count;
  classes_[outcome] += count;
}

void Tally::add(const Tally& other) {
  for (const auto& [outcome, count] : other.classes_) add(outcome, count);
}

std::uint64_t Tally::in(probe::State state) const {
  std::uint64_t sum = 0;
  for (const auto& [outcome, count] : classes_)
    if (probe::state_of(outcome) == state) sum += count;
  return sum;
}

std::uint64_t Tally::operator[](probe::Outcome outcome) const {
  const auto found = classes_.find(outcome);
  return found == classes_.end() ? 0 : found->second;
}

void SubnetTree::add(const Address& address, probe::Outcome outcome) {
  subnets_[subnet_of(address)].add(suffix_of(address), outcome);
}

Tally SubnetTree::count(const Prefix& prefix) const {
  Tally tally;
  for (auto at = subnets_.lower_bound(subnet_of(prefix.base())); at != subnets_.end(); ++at) {
    const auto& subnet = at->first;
    if (!prefix.contains(subnet.base()) && !subnet.contains(prefix.base())) break;
    at->second.each([&](std::uint64_t suffix, probe::Outcome outcome) {
      if (prefix.contains(with_suffix(subnet, suffix))) tally.add(outcome);
    });
  }
  return tally;
}

SubnetTree::Lengths SubnetTree::lengths_for(std::size_t cells) const {
  const auto distinct = [this](Lengths lengths) {
    std::size_t count = 0;
    const Prefix* before = nullptr;
    for (const auto& [subnet, results] : subnets_) {
      const int length = subnet.base().is_v4() ? lengths.v4 : lengths.v6;
      if (!before || before->base().family() != subnet.base().family() ||
          common_bits(before->base(), subnet.base()) < length)
        ++count;
      before = &subnet;
    }
    return count;
  };
  Lengths lengths;
  while (distinct(lengths) > cells && (lengths.v4 > 8 || lengths.v6 > 16)) {
    lengths.v4 = std::max(lengths.v4 - 4, 8);
    lengths.v6 = std::max(lengths.v6 - 8, 16);
  }
  return lengths;
}

std::vector<PrefixTally> SubnetTree::at_length(Lengths lengths) const {
  std::vector<PrefixTally> cells;
  const auto cell_of = [&](const Prefix& prefix) -> Tally& {
    if (cells.empty() || cells.back().prefix != prefix) cells.push_back({prefix, {}});
    return cells.back().tally;
  };
  for (const auto& entry : subnets_) {
    const auto& subnet = entry.first;
    const int length = subnet.base().is_v4() ? lengths.v4 : lengths.v6;
    if (length <= subnet.length()) {
      auto& tally = cell_of(Prefix(subnet.base(), length));
      entry.second.each([&](std::uint64_t, probe::Outcome outcome) { tally.add(outcome); });
      continue;
    }
    std::map<Prefix, Tally> parts;
    entry.second.each([&](std::uint64_t suffix, probe::Outcome outcome) {
      parts[Prefix(with_suffix(subnet, suffix), length)].add(outcome);
    });
    for (const auto& [prefix, tally] : parts) cell_of(prefix).add(tally);
  }
  return cells;
}

std::vector<Concentration> SubnetTree::concentrations(const Fails& fails, const Gain& gain,
                                                      const Gain& gain_of_range) const {
  std::vector<Point> points;
  for (const auto& [subnet, results] : subnets_) add_points(subnet, results, fails, points);
  Gatherer gatherer(gain);
  const auto v6 =
      std::ranges::partition_point(points, [](const Point& point) { return point.first.is_v4(); });
  for (const Points family : {Points(points.begin(), v6), Points(v6, points.end())})
    if (!family.empty()) gatherer.visit(family);
  std::vector<Concentration> out;
  for (const auto& group : gain_of_range ? joined(gatherer.found, gain_of_range) : gatherer.found)
    out.push_back({group.points.front().first, group.points.back().last, group.prefix,
                   count_of(group.points).hosts});
  return out;
}

}  // namespace fleetscan::summary
