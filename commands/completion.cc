#include "commands/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/option_table.h"
#include "commands/options.h"
#include "commands/subcommand_lines.h"
#include "commands/subcommands.h"
#include "inventory/formats/format.h"
#include "reports/records/schema.h"
#include "reports/summary/condition.h"
#include "scanner/diagnosis/explain.h"
#include "scanner/probe/outcome.h"
#include "scanner/ssh/client_profiles.h"

namespace fleetscan::commands {
namespace {

struct Word {
  std::string name;
  std::string text = {};  ///< what it does; may be empty
};

struct Entry {
  std::vector<std::string> names;  ///< "-p", "--port"
  std::string text;
  std::string type;                ///< of its value; empty for a flag
  std::vector<std::string> words;  ///< that it may have as its value
  bool takes_file = false;
};

/// Where on a command line the cursor may be: behind a command.
struct Place {
  std::string command;  ///< "compare", "history show"; empty: a scan's options
  std::vector<Entry> options = {};
  std::vector<Word> words = {};  ///< that may follow at once
  bool takes_files = false;      ///< as the other words
};

/// The words among what is written "auto|N|never"; upper-case letters stand for something else.
std::vector<std::string> words_of(const std::string& type) {
  auto parts = CLI::detail::split(type, '|');
  std::erase_if(parts, [](const std::string& part) {
    return part.empty() ||
           !std::ranges::all_of(part, [](unsigned char c) { return std::islower(c) != 0; });
  });
  return parts;
}

std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(by);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + by.size());
  }
}

/// The measures that a condition may begin with, each class by its name.
std::vector<std::string> measures() {
  auto names = summary::measure_names();
  std::erase_if(names, [](const std::string& name) {
    return std::ranges::any_of(name, [](unsigned char c) { return std::isupper(c) != 0; });
  });
  for (const auto& row : probe::outcomes()) names.push_back("class." + std::string(row.name));
  return names;
}

std::vector<std::string> clients() {
  std::vector<std::string> names;
  for (const auto& client : ssh::client_profiles()) names.emplace_back(client.id);
  return names;
}

std::vector<Word> without_texts(const std::vector<std::string>& names) {
  std::vector<Word> words;
  for (const auto& name : names) words.push_back({name});
  return words;
}

Entry entry(const CLI::Option& option) {
  Entry entry;
  for (const auto& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) entry.names.push_back("--" + name);
  entry.text = option.get_description();
  if (option.get_type_size() > 0) entry.type = option.get_type_name();
  entry.words = words_of(entry.type);
  if (option.check_lname("fail-if")) entry.words = measures();
  if (option.check_lname("client")) entry.words = clients();
  if (option.check_lname("format")) entry.words = split(inventory::format_names(), ", ");
  entry.takes_file = entry.type.starts_with("FILE") || entry.type == "DIR" || entry.type == "DB" ||
                     entry.type == "RESULTS";
  return entry;
}

Place place(std::string command, const CLI::App& app) {
  Place place{std::move(command)};
  for (const auto* option : app.get_options())
    if (!option->get_positional())
      place.options.push_back(entry(*option));
    else if (option->get_single_name() == "RESULTS" || option->get_single_name() == "TARGETS")
      place.takes_files = true;
  return place;
}

/// All of them; the last one, a scan's, is where none of the others is.
std::vector<Place> places() {
  std::vector<Place> all{place("report", ReportLine().app),   place("merge", MergeLine().app),
                         place("compare", CompareLine().app), place("forecast", ForecastLine().app),
                         place("doctor", DoctorLine().app),   place("keys", KeysLine().app)};
  const HistoryLine history;
  auto whole = place("history", history.app);
  for (const auto* app : history.app.get_subcommands({})) {
    whole.words.push_back({app->get_name(), app->get_description()});
    all.push_back(place("history " + app->get_name(), *app));
  }
  all.push_back(std::move(whole));
  all.push_back({"explain", {}, without_texts(diagnosis::explained())});
  Place documents{"schema"};
  for (const auto& schema : records::schemas())
    documents.words.push_back({std::string(schema.name)});
  all.push_back(std::move(documents));
  all.push_back({"completion", {}, without_texts({"bash", "zsh", "fish"})});
  CLI::App app;
  Options options;
  Requests asked;
  declare_options(app, options, asked);
  all.push_back(place("", app));
  for (const auto& command : kSubcommands)
    all.back().words.push_back({std::string(command.name), std::string(command.brief)});
  all.push_back({"help", {}, all.back().words});
  return all;
}

/// How many words a line has before those that may follow the place at once.
std::size_t depth(const Place& place) {
  if (place.command.empty()) return 1;
  return 2 + static_cast<std::size_t>(std::ranges::count(place.command, ' '));
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

std::vector<std::string> names_of(const std::vector<Word>& words) {
  std::vector<std::string> names;
  for (const auto& word : words) names.push_back(word.name);
  return names;
}

std::string bash_place(const Place& place) {
  std::vector<std::string> names, files, opaque;
  std::string values;
  for (const auto& entry : place.options) {
    names.insert(names.end(), entry.names.begin(), entry.names.end());
    if (!entry.words.empty())
      values += fmt::format("        {}) words='{}' ;;\n", fmt::join(entry.names, " | "),
                            fmt::join(entry.words, " "));
    else if (!entry.type.empty())
      std::ranges::copy(entry.names, std::back_inserter(entry.takes_file ? files : opaque));
  }
  if (!files.empty()) values += fmt::format("        {}) return ;;\n", fmt::join(files, " | "));
  if (!opaque.empty())
    values += fmt::format("        {}) compopt +o default; return ;;\n", fmt::join(opaque, " | "));
  auto text =
      fmt::format("    {})\n      options='{}'\n",
                  place.command.empty() ? "*" : in_quotes(place.command), fmt::join(names, " "));
  if (!place.words.empty())
    text += fmt::format("      (( COMP_CWORD == {} )) && following='{}'\n", depth(place),
                        fmt::join(names_of(place.words), " "));
  if (!values.empty()) text += fmt::format("      case $before in\n{}      esac\n", values);
  if (!place.takes_files) text += "      compopt +o default\n";
  return text + "      ;;\n";
}

std::string bash() {
  std::string text =
      "# bash completion of fleetscan. Where nothing is answered, bash completes names of files.\n"
      "_fleetscan() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
      "  local place='' options='' following='' words=''\n"
      "  COMPREPLY=()\n"
      "  case = in  # of --depth=kex, which bash cuts in three\n"
      "    \"$word\") word='' ;;\n"
      "    \"$before\") before=${COMP_WORDS[COMP_CWORD - 2]} ;;\n"
      "  esac\n"
      "  (( COMP_CWORD > 1 )) && place=${COMP_WORDS[1]}\n"
      "  [[ $place == history ]] && (( COMP_CWORD > 2 )) && place+=\" ${COMP_WORDS[2]}\"\n"
      "  case $place in\n";
  for (const auto& place : places()) text += bash_place(place);
  return text +
         "  esac\n"
         "  if [[ -z $words ]]; then\n"
         "    if [[ $word == -* ]]; then words=$options; else words=$following; fi\n"
         "  fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -o default -F _fleetscan fleetscan\n";
}

std::string zsh_option(const Entry& entry) {
  std::string text, value = '[' + escaped(entry.text, "[]\\:") + ']';
  if (!entry.type.empty()) value += ':' + escaped(entry.type, "[]\\:") + ':';
  if (!entry.words.empty())
    value += fmt::format("({})", fmt::join(entry.words, " "));
  else if (entry.takes_file)
    value += "_files";
  for (const auto& name : entry.names) {
    const auto* joined = entry.type.empty() ? "" : name.starts_with("--") ? "=" : "+";
    text += " \\\n        " + in_quotes(fmt::format("*{}{}{}", name, joined, value));
  }
  return text;
}

/// "((list:'the runs' trend))", as zsh takes what may follow.
std::string zsh_words(const std::vector<Word>& words) {
  std::string text;
  for (const auto& [name, what] : words)
    text += (text.empty() ? "" : " ") + name +
            (what.empty() ? "" : "\\:\"" + escaped(what, "[]\\:\"") + '"');
  return "((" + text + "))";
}

std::string zsh_place(const Place& place) {
  std::string specs;
  for (const auto& entry : place.options) specs += zsh_option(entry);
  if (place.command.empty())
    specs += " \\\n        '1:command or target:_fleetscan_first'";
  else if (!place.words.empty())
    specs += " \\\n        " +
             in_quotes(fmt::format("{}:word:{}", depth(place), zsh_words(place.words)));
  specs += place.takes_files ? " \\\n        '*:file:_files'" : " \\\n        '*:word:()'";
  return fmt::format("    {}) _arguments -s{} ;;\n",
                     place.command.empty() ? "*" : in_quotes(place.command), specs);
}

std::string zsh() {
  std::string text = "#compdef fleetscan\n_fleetscan_first() {\n  local -a commands=(\n";
  for (const auto& command : kSubcommands)
    text += fmt::format("    {}\n", in_quotes(fmt::format("{}:{}", command.name, command.brief)));
  text +=
      "  )\n"
      "  _describe command commands\n"
      "  _files\n"
      "}\n"
      "_fleetscan() {\n"
      "  local place=''\n"
      "  (( CURRENT > 2 )) && place=$words[2]\n"
      "  [[ $place == history ]] && (( CURRENT > 3 )) && place+=\" $words[3]\"\n"
      "  case $place in\n";
  for (const auto& place : places()) text += zsh_place(place);
  return text +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _fleetscan ]]; then _fleetscan \"$@\"\n"
         "else compdef _fleetscan fleetscan; fi\n";
}

std::string fish_option(const std::string& condition, const Entry& entry) {
  auto text = "complete -c fleetscan -n '" + condition + "'";
  for (const auto& name : entry.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!entry.words.empty())
    text += fmt::format(" -x -a '{}'", fmt::join(entry.words, " "));
  else if (!entry.type.empty())
    text += entry.takes_file ? " -r -F" : " -x";
  return text + " -d " + in_quotes(entry.text, "\\") + "\n";
}

std::string fish() {
  std::string text =
      "function __fleetscan_behind  # these words, and maybe others behind them\n"
      "  set -l words (commandline -opc)\n"
      "  set -l last (math 1 + (count $argv))\n"
      "  test (count $words) -ge $last; and test \"$words[2..$last]\" = \"$argv\"\n"
      "end\n"
      "function __fleetscan_at  # right behind these words\n"
      "  set -l words (commandline -opc)\n"
      "  test \"$words[2..-1]\" = \"$argv\"\n"
      "end\n";
  for (const auto& command : kSubcommands)
    text += fmt::format("complete -c fleetscan -n __fish_is_first_arg -a {} -d {}\n", command.name,
                        in_quotes(command.brief));
  std::string options, others;
  for (const auto& place : places()) {
    const bool scan = place.command.empty();
    const auto condition = scan ? "__fleetscan_scans" : "__fleetscan_behind " + place.command;
    if (!place.takes_files) options += fmt::format("complete -c fleetscan -n '{}' -f\n", condition);
    if (!place.words.empty() && !scan)
      for (const auto& word : place.words)
        options += fmt::format("complete -c fleetscan -n '__fleetscan_at {}' -x -a {} -d {}\n",
                               place.command, word.name, in_quotes(word.text, "\\"));
    for (const auto& entry : place.options) options += fish_option(condition, entry);
    if (!scan && depth(place) == 2) others += ' ' + place.command;
  }
  return text +
         fmt::format(
             "function __fleetscan_scans\n"
             "  set -l words (commandline -opc)\n"
             "  not contains -- \"$words[2]\"{}\n"
             "end\n",
             others) +
         options;
}

}  // namespace

std::optional<std::string> completion(std::string_view shell) {
  if (shell == "bash") return bash();
  if (shell == "zsh") return zsh();
  if (shell == "fish") return fish();
  return std::nullopt;
}

}  // namespace fleetscan::commands
