#include "commands/resume_hint.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/secrets.h"
#include "commands/options.h"

namespace fleetscan::commands {
namespace {

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 ||
         std::string_view("@%+=:,./_-").find(static_cast<char>(c)) != std::string_view::npos;
}

/// Leaves out an option with its value, however it is written. All of its names take a value.
std::vector<std::string> without(const std::vector<std::string>& words,
                                 std::initializer_list<std::string_view> names) {
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    const bool alone = std::ranges::find(names, word) != names.end();
    const bool joined = std::ranges::any_of(names, [&](std::string_view name) {
      if (!word.starts_with(name) || word.size() == name.size()) return false;
      return name.starts_with("--") ? word[name.size()] == '=' : true;
    });
    if (alone) ++i;
    if (!alone && !joined) rest.push_back(word);
  }
  return rest;
}

}  // namespace

std::string shell_quoted(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string resume_hint(const Options& options, const std::vector<std::string>& results) {
  const auto file = std::ranges::find_if(results, [](const auto& path) { return path != "-"; });
  if (file == results.end())
    return "a scan with -o DIR can be finished when it was stopped, by --resume";
  auto words = without(options.words, {"--resume"});
  if (options.keep > 0) {
    words = without(words, {"--keep", "--output", "-o"});
    words.insert(words.end(), {"-o", options.output_dir});
  }
  words.insert(words.end(), {"--resume", *file});
  std::string text = "fleetscan";
  for (const auto& word : words) text += ' ' + printable(shell_quoted(without_secrets(word)));
  return text;
}

}  // namespace fleetscan::commands
