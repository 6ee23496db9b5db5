#include "commands/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <vector>

#include "commands/option_table.h"

namespace fleetscan {
namespace {

struct Command {
  std::string_view name;
  std::string_view text;
  std::string_view words;  ///< that may follow it; empty: files
};

constexpr Command kCommands[] = {
    {"scan", "scan the targets (the default)", ""},
    {"targets", "print what would be probed", ""},
    {"report", "render reports again", ""},
    {"merge", "join the shards of a scan", ""},
    {"compare", "what differs between runs", ""},
    {"explain", "what a class or cause means", ""},
    {"history", "look into earlier runs", "list show host trend import prune"},
    {"schema", "JSON Schema of records and report", ""},
    {"completion", "this, for a shell", "bash zsh fish"},
};

struct Entry {
  std::vector<std::string> names;  ///< "-p", "--port"
  std::string text;
  std::string type;                ///< of its value; empty for a flag
  std::vector<std::string> words;  ///< that it may have as its value
  bool takes_file = false;
};

/// The words among what is written "auto|N|never"; upper-case letters stand for something else.
std::vector<std::string> words_of(const std::string& type) {
  auto parts = CLI::detail::split(type, '|');
  std::erase_if(parts, [](const std::string& part) {
    return !std::ranges::all_of(part, [](unsigned char c) { return std::islower(c) != 0; });
  });
  return parts;
}

std::vector<Entry> entries() {
  CLI::App app;
  Options options;
  Requests asked;
  declare_options(app, options, asked);
  std::vector<Entry> all;
  for (const auto* option : app.get_options()) {
    if (option->get_positional()) continue;
    Entry entry;
    for (const auto& name : option->get_snames()) entry.names.push_back("-" + name);
    for (const auto& name : option->get_lnames()) entry.names.push_back("--" + name);
    entry.text = option->get_description();
    if (option->get_type_size() > 0) entry.type = option->get_type_name();
    entry.words = words_of(entry.type);
    entry.takes_file = entry.type.starts_with("FILE") || entry.type == "DIR" ||
                       entry.type == "DB" || entry.type == "RESULTS";
    all.push_back(std::move(entry));
  }
  return all;
}

/// With a backslash before each of these characters.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// Inside single quotes, as a POSIX shell and fish both take it.
std::string in_quotes(std::string_view text, std::string_view special = "") {
  std::string out = "'";
  for (const char c : escaped(text, special)) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string bash() {
  std::string choices, opaque, names, commands, following;
  for (const auto& entry : entries()) {
    const auto pattern = fmt::format("{}", fmt::join(entry.names, " | "));
    names += fmt::format(" {}", fmt::join(entry.names, " "));
    if (!entry.words.empty())
      choices += fmt::format("    {}) words='{}' ;;\n", pattern, fmt::join(entry.words, " "));
    else if (!entry.type.empty() && !entry.takes_file)
      opaque += (opaque.empty() ? "" : " | ") + pattern;
    else if (entry.takes_file)
      choices += fmt::format("    {}) return ;;\n", pattern);
  }
  for (const auto& command : kCommands) {
    commands += fmt::format(" {}", command.name);
    if (!command.words.empty())
      following += fmt::format("      {}) words='{}' ;;\n", command.name, command.words);
  }
  return fmt::format(
      "# bash completion of fleetscan. Where nothing is answered, bash completes names of files.\n"
      "_fleetscan() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words=''\n"
      "  COMPREPLY=()\n"
      "  case $before in\n{}    {}) compopt +o default; return ;;\n  esac\n"
      "  if [[ -z $words && $word == -* ]]; then\n    words='{}'\n"
      "  elif [[ -z $words && $COMP_CWORD == 1 ]]; then\n    words='{}'\n"
      "  elif [[ -z $words && $COMP_CWORD == 2 ]]; then\n    case $before in\n{}    esac\n  fi\n"
      "  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "}}\n"
      "complete -o default -F _fleetscan fleetscan\n",
      choices, opaque, names.substr(1), commands.substr(1), following);
}

std::string zsh() {
  std::string text = "#compdef fleetscan\n_fleetscan_words() {\n  local -a commands=(\n";
  for (const auto& [name, what, words] : kCommands)
    text += fmt::format("    {}\n", in_quotes(fmt::format("{}:{}", name, what)));
  text += "  )\n  (( CURRENT == 2 )) && _describe command commands\n";
  for (const auto& command : kCommands)
    if (!command.words.empty())
      text += fmt::format("  [[ $words[2] == {} && CURRENT -eq 3 ]] && compadd {}\n", command.name,
                          command.words);
  text += "  _files\n}\n_arguments -s";
  for (const auto& entry : entries()) {
    auto rest = '[' + escaped(entry.text, "[]\\:") + ']';
    if (!entry.type.empty()) {
      rest += ':' + escaped(entry.type, "[]\\:") + ':';
      if (!entry.words.empty())
        rest += fmt::format("({})", fmt::join(entry.words, " "));
      else if (entry.takes_file)
        rest += "_files";
    }
    for (const auto& name : entry.names)
      text += fmt::format(" \\\n  {}", in_quotes(fmt::format("*{}{}", name, rest)));
  }
  return text + " \\\n  '*:target:_fleetscan_words'\n";
}

std::string fish() {
  std::string text;
  for (const auto& command : kCommands) {
    text += fmt::format("complete -c fleetscan -n __fish_is_first_arg -a {} -d {}\n", command.name,
                        in_quotes(command.text));
    if (!command.words.empty())
      text += fmt::format("complete -c fleetscan -n '__fish_seen_subcommand_from {}' -x -a '{}'\n",
                          command.name, command.words);
  }
  for (const auto& entry : entries()) {
    text += "complete -c fleetscan";
    for (const auto& name : entry.names)
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!entry.words.empty())
      text += fmt::format(" -x -a '{}'", fmt::join(entry.words, " "));
    else if (!entry.type.empty())
      text += entry.takes_file ? " -r -F" : " -x";
    text += " -d " + in_quotes(entry.text, "\\") + "\n";
  }
  return text;
}

}  // namespace

std::optional<std::string> completion(std::string_view shell) {
  if (shell == "bash") return bash();
  if (shell == "zsh") return zsh();
  if (shell == "fish") return fish();
  return std::nullopt;
}

}  // namespace fleetscan
