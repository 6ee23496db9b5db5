#include "commands/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/exit_status.h"
#include "base/input_error.h"
#include "base/spelling.h"

namespace fleetscan::commands {
namespace {

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::string with_guess(const char* what, const std::string& word,
                       const std::vector<std::string>& candidates) {
  const auto meant = closest(word, candidates);
  return fmt::format("{} {}", what, excerpt(word)) +
         (meant ? fmt::format(" (did you mean {}?)", *meant) : "");
}

}  // namespace

std::string unknown_words(const CLI::App& app) {
  const auto words = app.remaining(true);
  const auto argument = std::ranges::find_if(
      words, [](const auto& word) { return !word.starts_with('-') || word == "--"; });
  auto names = options_of(app);
  if (const auto chosen = app.get_subcommands(); !chosen.empty()) {
    const auto more = options_of(*chosen.front());
    names.insert(names.end(), more.begin(), more.end());
  } else if (std::vector<std::string> commands; argument != words.end()) {
    for (const auto* sub : app.get_subcommands({})) commands.push_back(sub->get_name());
    if (!commands.empty()) return with_guess("unknown command", *argument, commands);
  }
  std::string text;
  for (const auto& word : words) {
    if (!word.starts_with('-') || word == "--") continue;
    if (!text.empty()) text += "; ";
    text += with_guess("unknown option", word.substr(0, word.find('=')), names);
  }
  return text.empty() ? "unexpected argument " + excerpt(*argument) : text;
}

Instead usage_error(std::string_view program, std::string_view fault) {
  return {kExitUsage, fmt::format("fleetscan: {}\nTry: {} --help\n", fault, program)};
}

}  // namespace fleetscan::commands
