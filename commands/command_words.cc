#include "commands/command_words.h"

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "commands/option_table.h"
#include "commands/options.h"
#include "commands/subcommand_lines.h"
#include "commands/subcommands.h"

namespace fleetscan::commands {
namespace {

/// Of each option, whether a value follows it. What a scan says of a name counts before all else,
/// since the name of another command may yet be missing.
class Arities {
 public:
  Arities() {
    Options options;
    Requests asked;
    CLI::App scan;
    declare_options(scan, options, asked);
    add(scan);
    add(ReportLine().app);
    add(MergeLine().app);
    add(CompareLine().app);
    add(DoctorLine().app);
    const HistoryLine history;
    for (const auto* app : history.app.get_subcommands({})) add(*app);
  }

  /// Whether the word behind `word` belongs to it.
  [[nodiscard]] bool takes_next(std::string_view word) const {
    if (word.starts_with("--")) return has_value(word.substr(2));
    for (std::size_t i = 1; i < word.size(); ++i)  // "-vp": flags, and one with a value at the end
      if (has_value(word.substr(i, 1))) return i + 1 == word.size();
    return false;
  }

 private:
  void add(const CLI::App& app) {
    for (const auto* option : app.get_options()) {
      const bool valued = option->get_items_expected_max() > 0;
      for (const auto& name : option->get_lnames()) has_value_.emplace(name, valued);
      for (const auto& name : option->get_snames()) has_value_.emplace(name, valued);
    }
  }

  [[nodiscard]] bool has_value(std::string_view name) const {
    const auto found = has_value_.find(name);
    return found != has_value_.end() && found->second;
  }

  std::map<std::string, bool, std::less<>> has_value_;
};

const Subcommand* subcommand(std::string_view word) {
  const auto* found = std::ranges::find(kSubcommands, word, &Subcommand::name);
  return found == std::end(kSubcommands) ? nullptr : found;
}

/// Where the command stands; the number of words where none is.
std::size_t position_of_command(const std::vector<std::string>& words) {
  if (!words.empty() && is_command(words.front())) return 0;
  if (std::ranges::none_of(words, is_command)) return words.size();
  const Arities arities;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (is_command(words[i])) return i;
    if (words[i].starts_with('-') && arities.takes_next(words[i])) ++i;
  }
  return words.size();
}

}  // namespace

bool is_command(std::string_view word) { return subcommand(word) != nullptr; }

CommandWords find_command(const std::vector<std::string>& arguments) {
  CommandWords result{{}, arguments};
  const auto at = position_of_command(arguments);
  if (at == arguments.size()) return result;
  result.command = subcommand(arguments[at])->name;
  result.rest.erase(result.rest.begin() + static_cast<std::ptrdiff_t>(at));
  return result;
}

}  // namespace fleetscan::commands
