#include "vantages/remote_command.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vantages/vantage.h"

namespace fleetscan::vantages {
namespace {

std::string scan_of(const std::string& program, const Launch& launch) {
  std::string text = program + " scan";
  for (const auto& option : launch.options) text += ' ' + quoted(option);
  return text + " -";
}

/// A shell that has a handler for a signal outlives it, and what it starts does not inherit that;
/// its last act is to remove the folder.
std::string with_pushed_program(const Launch& launch, std::uint64_t size) {
  const auto bytes = std::to_string(size);
  return "umask 077; d=$(mktemp -d) || exit 126; trap 'rm -rf -- \"$d\"' EXIT; "
         "trap : HUP INT TERM PIPE; head -c " +
         bytes +
         " >\"$d/fleetscan\" && "
         "[ \"$(wc -c <\"$d/fleetscan\")\" -eq " +
         bytes +
         " ] || exit 125; "
         "chmod 700 \"$d/fleetscan\"; " +
         scan_of("\"$d/fleetscan\"", launch);
}

}  // namespace

std::string quoted(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) return std::string(word);
  std::string text = "'";
  for (const char c : word) c == '\'' ? text += "'\\''" : text += c;
  return text + '\'';
}

std::string remote_script(const Launch& launch) {
  if (!launch.pushed_size) return "exec " + scan_of(quoted(launch.program), launch);
  return "exec sh -c " + quoted(with_pushed_program(launch, *launch.pushed_size));
}

std::vector<std::string> shell_at(const Vantage& vantage, const std::vector<std::string>& ssh,
                                  const std::string& text) {
  if (vantage.is_local()) return {"sh", "-c", text};
  auto words = ssh;
  for (const auto* option : {"BatchMode=yes", "ServerAliveInterval=15", "ServerAliveCountMax=4"}) {
    words.emplace_back("-o");
    words.emplace_back(option);
  }
  if (!vantage.jumps.empty()) {
    words.emplace_back("-J");
    words.push_back(vantage.jumps);
  }
  for (const auto& word : {std::string("-T"), std::string("--"), vantage.destination})
    words.push_back(word);
  words.push_back(text);
  return words;
}

std::vector<std::string> command_for(const Vantage& vantage, const Launch& launch) {
  if (!vantage.is_local()) return shell_at(vantage, launch.ssh, remote_script(launch));
  std::vector<std::string> words{launch.here, "scan"};
  words.insert(words.end(), launch.options.begin(), launch.options.end());
  words.emplace_back("-");
  return words;
}

}  // namespace fleetscan::vantages
