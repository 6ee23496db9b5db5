#include "inventory/jump_route.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "base/shell_words.h"
#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {
namespace {

constexpr std::size_t kMostJumps = 8, kMostBytes = 1000;

bool is_jump(std::string_view text) {
  constexpr std::string_view kOthers = "._-@:[]%";
  const auto plain = [&](char c) {
    return is_letter_or_digit(c) || kOthers.find(c) != kOthers.npos;
  };
  if (text.starts_with("ssh://")) text.remove_prefix(6);
  return !text.empty() && !text.starts_with('-') && text.find("@-") == text.npos &&
         std::ranges::all_of(text, plain);
}

bool is_route(std::string_view text) {
  if (text.size() > kMostBytes) return false;
  for (std::size_t jumps = 1; jumps <= kMostJumps; ++jumps) {
    const auto comma = text.find(',');
    if (!is_jump(text.substr(0, comma))) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
  return false;
}

/// `ssh -W %h:%p GATE` with user, port and further jumps; empty for any other command.
std::string route_of_command(const std::vector<std::string>& words) {
  std::string user, port, jumps, gate;
  bool forwards = false;
  if (words.empty() || (words[0] != "ssh" && !words[0].ends_with("/ssh"))) return {};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with('-')) {
      if (!gate.empty()) return {};
      gate = word;
      continue;
    }
    if (word == "-q" || word == "-T" || word == "-a" || word == "-x") continue;
    if (word.size() < 2) return {};
    auto value = std::string(word.substr(2));
    if (value.empty() && i + 1 < words.size()) value = words[++i];
    switch (word[1]) {
      case 'W': forwards = value == "%h:%p" || value == "[%h]:%p"; break;
      case 'l': user = value; break;
      case 'p': port = value; break;
      case 'J': jumps = value; break;
      default: return {};
    }
  }
  if (!forwards || gate.empty()) return {};
  if (!user.empty() && gate.find('@') == gate.npos) gate = user + '@' + gate;
  if (!port.empty()) gate += ':' + port;
  return jumps.empty() ? gate : jumps + ',' + gate;
}

}  // namespace

std::string jump_route(const SshSettings& settings) {
  std::string route;
  if (settings.command && lower(*settings.command) != "none") {
    if (const auto words = shell_words(*settings.command)) route = route_of_command(*words);
  } else if (settings.jump && lower(*settings.jump) != "none") {
    route = *settings.jump;
  }
  return is_route(route) ? route : std::string();
}

}  // namespace fleetscan::inventory
