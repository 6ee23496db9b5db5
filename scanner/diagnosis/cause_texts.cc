#include "scanner/diagnosis/cause_texts.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>

namespace fleetscan::diagnosis {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::array<std::string_view, 6> kEntryKeys{"name",           "meaning",    "likelier_if",
                                                     "less_likely_if", "candidates", "in_short"};
constexpr std::array<std::string_view, 1> kOptionalKeys{"is_not"};
constexpr std::array<std::string_view, 4> kCandidateKeys{"what", "where", "check", "fix"};
constexpr std::array<std::string_view, 3> kPlaces{"server", "client", "between"};

[[noreturn]] void fail(const YAML::Mark& mark, std::string_view what) {
  throw std::invalid_argument(fmt::format("causes.yaml:{}: {}", mark.line + 1, what));
}

void check_keys(const YAML::Node& map, Keys required, Keys optional) {
  if (!map.IsMap()) fail(map.Mark(), "not a mapping");
  std::vector<std::string> seen;
  for (const auto& item : map) {
    const auto& key = item.first.Scalar();
    if (std::ranges::find(required, key) == required.end() &&
        std::ranges::find(optional, key) == optional.end())
      fail(item.first.Mark(), fmt::format("unknown key \"{}\"", key));
    if (std::ranges::find(seen, key) != seen.end())
      fail(item.first.Mark(), fmt::format("\"{}\" is given twice", key));
    seen.push_back(key);
  }
  for (const auto key : required)
    if (std::ranges::find(seen, key) == seen.end())
      fail(map.Mark(), fmt::format("\"{}\" is missing", key));
}

std::string text(const YAML::Node& value) {
  if (!value.IsScalar() || value.Scalar().empty()) fail(value.Mark(), "not a text, or empty");
  return value.Scalar();
}

template <typename Read>
auto list(const YAML::Node& value, Read read) {
  if (!value.IsSequence() || value.size() == 0) fail(value.Mark(), "not a list, or empty");
  std::vector<decltype(read(value))> items;
  for (const auto& item : value) items.push_back(read(item));
  return items;
}

Where place(const YAML::Node& value) {
  const auto found = std::ranges::find(kPlaces, text(value));
  if (found == kPlaces.end()) fail(value.Mark(), "a check is made on server, client or between");
  return static_cast<Where>(found - kPlaces.begin());
}

Candidate candidate(const YAML::Node& entry) {
  check_keys(entry, kCandidateKeys, {});
  return {text(entry["what"]), place(entry["where"]), text(entry["check"]), text(entry["fix"])};
}

CauseText cause_text(const YAML::Node& entry) {
  check_keys(entry, kEntryKeys, kOptionalKeys);
  CauseText read{.name = text(entry["name"]),
                 .meaning = text(entry["meaning"]),
                 .likelier_if = list(entry["likelier_if"], text),
                 .less_likely_if = list(entry["less_likely_if"], text),
                 .candidates = list(entry["candidates"], candidate),
                 .in_short = text(entry["in_short"]),
                 .is_not = {}};
  if (const auto is_not = entry["is_not"]) read.is_not = list(is_not, text);
  return read;
}

std::vector<CauseText> cause_texts(const YAML::Node& root) {
  if (!root.IsSequence()) fail(root.Mark(), "not a list");
  const auto rows = causes();
  std::vector<CauseText> texts;
  for (const auto& entry : root) {
    texts.push_back(cause_text(entry));
    const auto expected = texts.size() <= rows.size() ? rows[texts.size() - 1].name : "the end";
    if (texts.back().name != expected)
      fail(entry.Mark(), fmt::format("{} stands where {} belongs", texts.back().name, expected));
  }
  if (texts.size() < rows.size())
    fail(root.Mark(), fmt::format("no entry for {}", rows[texts.size()].name));
  return texts;
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
  try {
    return cause_texts(YAML::Load(std::string(yaml)));
  } catch (const YAML::Exception& error) {
    fail(error.mark, error.msg);
  }
}

const CauseText& text_of(CauseId cause) {
  static const auto kTexts = read_cause_texts(causes_yaml());
  return kTexts[static_cast<std::size_t>(cause)];
}

}  // namespace fleetscan::diagnosis
