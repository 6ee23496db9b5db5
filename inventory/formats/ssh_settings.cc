#include "inventory/formats/ssh_settings.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/lines.h"
#include "base/secrets.h"

namespace fleetscan::inventory {
namespace {

/// Of any program but ssh only the name: arguments may be secrets.
std::string shown_command(std::string_view command) {
  const auto program = command.substr(0, command.find_first_of(" \t"));
  const auto name = program.substr(program.rfind('/') + 1);
  if (name == "ssh") return without_secrets(command);
  return without_secrets(program.find('=') == npos ? program : "");
}

bool is_none(const std::string& value) { return lower(value) == "none"; }

void set_first(std::optional<std::string>& setting, std::string value) {
  if (!setting) setting = std::move(value);
}

void take(std::optional<std::string>& setting, const std::optional<std::string>& later) {
  if (!setting) setting = later;
}

}  // namespace

void SshSettings::set(std::string_view keyword, const std::string& value) {
  if (keyword == "proxycommand") {
    command_first = command_first || (!jump && !command);
    set_first(command, value);
  }
  if (keyword == "hostname") set_first(host_name, value);
  if (keyword == "port") set_first(port, value);
  if (keyword == "addressfamily") set_first(family, lower(value));
  if (keyword == "proxyjump") set_first(jump, value);
  if (keyword == "user") set_first(user, value);
  if (keyword == "canonicalizehostname") set_first(canonicalize, lower(value));
  if (keyword == "canonicaldomains") set_first(domains, value);
}

void SshSettings::add_command(const SshSettings& later) {
  if (!command && (!jump || is_none(*jump))) command = later.command;
}

void SshSettings::add(const SshSettings& later) {
  take(host_name, later.host_name);
  take(port, later.port);
  take(family, later.family);
  take(user, later.user);
  take(canonicalize, later.canonicalize);
  take(domains, later.domains);
  labels.insert(later.labels.begin(), later.labels.end());
  if (later.command_first) add_command(later);
  if (!command && !jump) jump = later.jump;
  add_command(later);
}

bool SshSettings::empty() const {
  return !host_name && !port && !family && !user && !jump && !command && !canonicalize &&
         !domains && labels.empty();
}

std::string SshSettings::proxy() const {
  if (command && !is_none(*command)) return "ProxyCommand " + shown_command(*command);
  if (jump && !is_none(*jump)) return "ProxyJump " + without_secrets(*jump);
  return "";
}

std::string expanded_host_name(std::string_view pattern, std::string_view host) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char next = pattern[i] == '%' && i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (next == 'h' || next == 'n')
      result += host, ++i;
    else if (next == '%')
      result += '%', ++i;
    else
      result += pattern[i];
  }
  return result;
}

std::optional<std::vector<std::string>> ssh_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != npos && text[at] != '#') {
    std::string word;
    char quote = 0;
    for (; at < text.size(); ++at) {
      const char c = text[at];
      if (c == '\\' && at + 1 < text.size() &&
          (text[at + 1] == '"' || text[at + 1] == '\'' || text[at + 1] == '\\' ||
           (quote == 0 && text[at + 1] == ' ')))
        word += text[++at];
      else if (quote == 0 && (c == ' ' || c == '\t'))
        break;
      else if (quote == 0 && (c == '"' || c == '\''))
        quote = c;
      else if (quote != 0 && c == quote)
        quote = 0;
      else
        word += c;
    }
    if (quote != 0) return std::nullopt;
    words.push_back(std::move(word));
  }
  return words;
}

SshLine split_ssh_line(std::string_view line) {
  const auto end = std::min(line.find_first_of(" \t="), line.size());
  auto rest = trimmed(line.substr(end));
  if (rest.starts_with('=')) rest = trimmed(rest.substr(1));
  return {lower(line.substr(0, end)), rest};
}

namespace {

/// One -o of the command line: "Port=22", "Port 22".
void add_option_line(std::string_view line, SshSettings& settings) {
  const auto [keyword, rest] = split_ssh_line(trimmed(line));
  if (keyword == "proxycommand") return settings.set(keyword, std::string{rest});
  const auto words = ssh_words(rest);
  if (words && !words->empty()) settings.set(keyword, words->front());
}

}  // namespace

void add_ssh_options(std::span<const std::string> words, SshSettings& settings) {
  // Of ssh(1) in OpenSSH 9.2: those that a value follows.
  constexpr std::string_view kValued = "BbcDEeFIiJLlmOopQRSWw";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.size() < 2 || word[0] != '-') continue;
    for (std::size_t at = 1; at < word.size(); ++at) {
      const char option = word[at];
      if (option == '4') settings.set("addressfamily", "inet");
      if (option == '6') settings.set("addressfamily", "inet6");
      if (kValued.find(option) == npos) continue;
      std::string value{word.substr(at + 1)};
      if (value.empty() && i + 1 < words.size()) value = words[++i];
      if (option == 'p') settings.set("port", value);
      if (option == 'J') settings.set("proxyjump", value);
      if (option == 'l') settings.set("user", value);
      if (option == 'F') settings.config_file = value;  // the last one counts
      if (option == 'o') add_option_line(value, settings);
      break;
    }
  }
}

}  // namespace fleetscan::inventory
