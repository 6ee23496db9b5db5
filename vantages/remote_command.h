#pragma once
// The commands that start fleetscan at a vantage.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vantages/vantage.h"

namespace fleetscan::vantages {

/// How vantages are reached and what runs there.
struct Launch {
  std::vector<std::string> ssh = {"ssh"};         ///< `--ssh`, as words
  std::string program = "fleetscan";              ///< there, where none is pushed
  std::string here = "/proc/self/exe";            ///< on this machine
  std::vector<std::string> options = {};          ///< of the scan; targets come on standard input
  std::optional<std::uint64_t> pushed_size = {};  ///< bytes of the program that is sent ahead
};

/// One word as a POSIX shell reads it, in single quotes where it needs them.
[[nodiscard]] std::string quoted(std::string_view word);

/// What the shell at a vantage runs: a scan of the targets on standard input, its records on
/// standard output. Where a program is sent ahead, its bytes come first: they go into a private
/// folder, which is removed at the end, whatever ends it (a signal, a lost connection). Without a
/// line feed, so that every shell takes it as one command.
[[nodiscard]] std::string remote_script(const Launch& launch);

/// The words, on this machine, that have a shell at the vantage run a text. BatchMode: ssh asks
/// nobody anything. A connection without an answer for a minute is given up.
[[nodiscard]] std::vector<std::string> shell_at(const Vantage& vantage,
                                                const std::vector<std::string>& ssh,
                                                const std::string& text);

/// The words, on this machine, that start a scan at the vantage.
[[nodiscard]] std::vector<std::string> command_for(const Vantage& vantage, const Launch& launch);

}  // namespace fleetscan::vantages
