#include "scanner/diagnosis/cause_texts.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/yaml_entries.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::array<std::string_view, 6> kEntryKeys{"name",           "meaning",    "likelier_if",
                                                     "less_likely_if", "candidates", "in_short"};
constexpr std::array<std::string_view, 1> kOptionalKeys{"is_not"};
constexpr std::array<std::string_view, 4> kCandidateKeys{"what", "where", "check", "fix"};
constexpr std::array<std::string_view, 1> kOptionalCandidateKeys{"doctor"};
constexpr std::array<std::string_view, 3> kPlaces{"server", "client", "between"};

Where place(const YAML::Node& value) {
  const auto found = std::ranges::find(kPlaces, text(value));
  if (found == kPlaces.end()) refuse(value, "a check is made on server, client or between");
  return static_cast<Where>(found - kPlaces.begin());
}

Candidate candidate(const YAML::Node& entry) {
  check_keys(entry, kCandidateKeys, kOptionalCandidateKeys);
  const auto doctor = entry["doctor"];
  return {.what = text(entry["what"]),
          .where = place(entry["where"]),
          .check = text(entry["check"]),
          .fix = text(entry["fix"]),
          .doctor = doctor ? text(doctor) : ""};
}

CauseText cause_text(const YAML::Node& entry) {
  check_keys(entry, kEntryKeys, kOptionalKeys);
  CauseText read{.name = text(entry["name"]),
                 .meaning = text(entry["meaning"]),
                 .likelier_if = texts(entry["likelier_if"]),
                 .less_likely_if = texts(entry["less_likely_if"]),
                 .candidates = {},
                 .in_short = text(entry["in_short"]),
                 .is_not = {}};
  for_each(entry["candidates"],
           [&](const YAML::Node& item) { read.candidates.push_back(candidate(item)); });
  if (const auto is_not = entry["is_not"]) read.is_not = texts(is_not);
  return read;
}

std::vector<CauseText> cause_texts(const YAML::Node& root) {
  if (!root.IsSequence()) refuse(root, "not a list");
  const auto rows = causes();
  std::vector<CauseText> read;
  for (const auto& entry : root) {
    read.push_back(cause_text(entry));
    const auto expected = read.size() <= rows.size() ? rows[read.size() - 1].name : "the end";
    if (read.back().name != expected)
      refuse(entry, fmt::format("{} stands where {} belongs", read.back().name, expected));
  }
  if (read.size() < rows.size())
    refuse(root, fmt::format("no entry for {}", rows[read.size()].name));
  return read;
}

}  // namespace

std::string_view to_string(Where where) {
  switch (where) {
    case Where::server: return "on the server";
    case Where::client: return "from here";
    case Where::between: return "in between";
  }
  return "?";
}

std::vector<CauseText> read_cause_texts(std::string_view yaml) {
  std::vector<CauseText> read;
  read_yaml("causes.yaml", yaml, [&](const YAML::Node& root) { read = cause_texts(root); });
  return read;
}

const CauseText& text_of(CauseId cause) {
  static const auto kTexts = read_cause_texts(causes_yaml());
  return kTexts[static_cast<std::size_t>(cause)];
}

}  // namespace fleetscan::diagnosis
