#include "scanner/diagnosis/clues.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/suspects.h"
#include "scanner/diagnosis/yaml_entries.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::size_t kMaxCauses = 7;

constexpr std::array<std::string_view, 1> kRequired{"says"};
constexpr std::array<std::string_view, 7> kOptional{"messages", "words",  "classes", "causes",
                                                    "apart",    "is_not", "general"};
constexpr std::array<std::string_view, 2> kMessageKeys{"by", "text"};

Message message(const YAML::Node& entry) {
  check_keys(entry, kMessageKeys, {});
  return {text(entry["by"]), text(entry["text"])};
}

probe::Outcome known_class(const YAML::Node& name) {
  const auto outcome = probe::parse_outcome(text(name));
  if (!outcome) refuse(name, fmt::format("no class is called \"{}\"", name.Scalar()));
  return *outcome;
}

CauseId known_cause(const YAML::Node& name) {
  const auto cause = parse_cause(text(name));
  if (!cause) refuse(name, fmt::format("no cause is called \"{}\"", name.Scalar()));
  return *cause;
}

template <typename Item>
void read_into(std::vector<Item>& items, const YAML::Node& list, Item (*read)(const YAML::Node&)) {
  if (list) for_each(list, [&](const YAML::Node& item) { items.push_back(read(item)); });
}

Clue clue(const YAML::Node& entry) {
  check_keys(entry, kRequired, kOptional);
  Clue read;
  read.says = text(entry["says"]);
  read_into(read.messages, entry["messages"], message);
  read_into(read.words, entry["words"], text);
  read_into(read.classes, entry["classes"], known_class);
  read_into(read.causes, entry["causes"], known_cause);
  read_into(read.apart, entry["apart"], text);
  read_into(read.is_not, entry["is_not"], text);
  read.general = entry["general"] && entry["general"].as<bool>();
  if (read.messages.empty() && read.words.empty()) refuse(entry, "neither messages nor words");
  return read;
}

}  // namespace

std::vector<Clue> read_clues(std::string_view yaml) {
  std::vector<Clue> read;
  read_yaml("clues.yaml", yaml, [&](const YAML::Node& root) {
    for_each(root, [&](const YAML::Node& entry) { read.push_back(clue(entry)); });
  });
  return read;
}

std::span<const Clue> clues() {
  static const auto kClues = read_clues(clues_yaml());
  return kClues;
}

// A class counts the less the further behind it stands.
std::vector<CauseId> causes_of(const Clue& clue) {
  std::map<CauseId, double> weights;
  double share = 1;
  for (const auto outcome : clue.classes) {
    for (const auto& suspect : suspects(outcome)) weights[suspect.cause] += share * suspect.weight;
    share /= 2;
  }
  std::vector<std::pair<double, CauseId>> ranked;
  ranked.reserve(weights.size());
  for (const auto& [cause, weight] : weights) ranked.emplace_back(-weight, cause);
  std::ranges::sort(ranked);
  auto all = clue.causes;
  for (const auto& [weight, cause] : ranked)
    if (all.size() < kMaxCauses && std::ranges::find(all, cause) == all.end()) all.push_back(cause);
  return all;
}

}  // namespace fleetscan::diagnosis
