#pragma once
// What ssh_config(5) and ssh's options say of a connection: the first value of each keyword counts.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/target.h"

namespace fleetscan::inventory {

struct SshSettings {
  std::optional<std::string> host_name = {}, port = {}, family = {}, user = {};
  std::optional<std::string> jump = {}, command = {};          ///< ProxyJump and ProxyCommand
  std::optional<std::string> canonicalize = {}, domains = {};  ///< CanonicalizeHostname, ...Domains
  std::optional<std::string> config_file = {};                 ///< of the command line's -F
  bool command_first = false;                                  ///< of ProxyCommand and ProxyJump
  Labels labels = {};

  /// Takes a keyword's value where none is set yet.
  /// @param keyword  in lower case
  void set(std::string_view keyword, const std::string& value);

  /// Takes from a later block what is not set yet. A ProxyCommand shuts out a later ProxyJump; a
  /// ProxyJump a later ProxyCommand, but for "none".
  void add(const SshSettings& later);

  /// Whether any of them decides where a host is, or says something of it.
  [[nodiscard]] bool empty() const;

  /// "ProxyJump gate": what leads to the host; empty if it is reached directly. Without secrets.
  [[nodiscard]] std::string proxy() const;

 private:
  void add_command(const SshSettings& later);
};

/// A HostName with %h, %n and %% expanded.
[[nodiscard]] std::string expanded_host_name(std::string_view pattern, std::string_view host);

/// Words of a configuration's line: blanks part them, quotes join, "#" begins a comment. Nothing if
/// a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> ssh_words(std::string_view text);

/// Splits a line into its keyword, in lower case, and what follows it and an optional "=".
struct SshLine {
  std::string keyword;
  std::string_view rest;
};
[[nodiscard]] SshLine split_ssh_line(std::string_view line);

/// Adds what options on ssh's command line say: -p, -J, -4, -6, -l, -F and -o. What stands before
/// is stronger.
void add_ssh_options(std::span<const std::string> words, SshSettings& settings);

}  // namespace fleetscan::inventory
