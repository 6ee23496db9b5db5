#include "commands/target_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/input_error.h"
#include "base/spelling.h"
#include "commands/subcommands.h"

namespace fleetscan::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 2000;  // of a directory that are looked at
constexpr std::string_view kInventoryEndings[] = {".txt", ".ini",  ".yml", ".yaml", ".json",
                                                  ".csv", ".list", ".xml", ".hosts"};

bool is_number(std::string_view word) {
  return !word.empty() &&
         std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c); });
}

bool is_lower_case(std::string_view word) {
  return std::ranges::all_of(word, [](unsigned char c) { return c >= 'a' && c <= 'z'; });
}

bool exists(const std::string& path) {
  std::error_code unknown;
  return fs::exists(path, unknown) || unknown;
}

std::string with_remedy(std::string_view word, std::string_view meant) {
  return fmt::format(
      "{} is neither a file nor like a host; did you mean {}? A host of that name is "
      "written '{}.'",
      excerpt(word), excerpt(meant), word);
}

std::optional<std::string> near_command(const std::string& word) {
  std::vector<std::string> names;
  for (const auto& subcommand : kSubcommands) names.emplace_back(subcommand.name);
  return is_lower_case(word) ? closest(word, names) : std::nullopt;
}

/// Names of inventories in the working directory.
std::vector<std::string> inventories() {
  std::vector<std::string> names;
  std::error_code error;
  std::size_t seen = 0;
  for (fs::directory_iterator at(".", error), end; !error && at != end && seen < kMostEntries;
       at.increment(error), ++seen) {
    const auto name = at->path().filename().string();
    const auto ending = at->path().extension().string();
    if (std::ranges::find(kInventoryEndings, ending) != std::end(kInventoryEndings))
      names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

/// The file that `word` is the name of but for a slip, or but for its ending. A name that differs
/// in digits is another name.
std::optional<std::string> near_file(const std::string& word) {
  if (word.find_first_of("/:[,0123456789") != word.npos) return std::nullopt;
  const auto files = inventories();
  if (word.find('.') != word.npos) return closest(word, files);
  const auto found = std::ranges::find_if(
      files, [&](const std::string& file) { return fs::path(file).stem() == word; });
  return found == files.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::string mistaken_target(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "-" || exists(word)) continue;
    if (is_number(word))
      return i == 0 ? excerpt(word) + " is no host"
                    : fmt::format("{} is no host; a port is written {}:{}, or -p {}", excerpt(word),
                                  words[i - 1], word, word);
    if (i == 0)
      if (const auto meant = near_command(word)) return with_remedy(word, *meant);
    if (const auto meant = near_file(word)) return with_remedy(word, *meant);
  }
  return {};
}

}  // namespace fleetscan::commands
