#include "inventory/jump_route.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

using Words = std::span<const std::string>;

// The command without what a shell is told beside it: exec, and where messages go.
Words of_ssh(Words words) {
  if (!words.empty() && words.front() == "exec") words = words.subspan(1);
  const auto end = words.size();
  if (end > 0 && words[end - 1] == "2>/dev/null") return words.first(end - 1);
  if (end > 1 && words[end - 2] == "2>" && words[end - 1] == "/dev/null")
    return words.first(end - 2);
  return words;
}

// Options that have no value and lead nowhere else may stand before another one: -qW.
std::string_view without_flags(std::string_view option) {
  constexpr std::string_view kFlags = "46ACTakqvx";
  return option.substr(std::min(option.find_first_not_of(kFlags, 1), option.size()));
}

/// `ssh -W %h:%p GATE` with user, port and further jumps; empty for any other command.
std::string route_of_command(Words words) {
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
    if (word.size() < 2) return {};
    const auto option = without_flags(word);
    if (option.empty()) continue;
    auto value = std::string(option.substr(1));
    if (value.empty() && i + 1 < words.size()) value = words[++i];
    switch (option[0]) {
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
    if (const auto words = shell_words(*settings.command)) route = route_of_command(of_ssh(*words));
  } else if (settings.jump && lower(*settings.jump) != "none") {
    route = *settings.jump;
  }
  return is_route(route) ? route : std::string();
}

}  // namespace fleetscan::inventory
