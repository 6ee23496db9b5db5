#pragma once
// What a first argument may name, for the help, for completion and for the program itself.

#include <string_view>

namespace fleetscan::commands {

struct Subcommand {
  std::string_view name;
  std::string_view usage;  ///< its line in the help, "fleetscan" left out
  std::string_view help;   ///< behind the usage; may be empty
  std::string_view brief;  ///< what a completion says
  bool scan_options;       ///< takes the options of a scan, and their configuration files
};

/// In the order of the help.
inline constexpr Subcommand kSubcommands[] = {
    {"scan", "[OPTIONS] TARGETS...", "scan them", "scan the targets (the default)", true},
    {"targets", "targets [OPTIONS] TARGETS...", "print what would be probed; sends no packet",
     "print what would be probed", true},
    {"explain", "explain [CLASS|CAUSE|MESSAGE]", "what it means, how to check it, how to fix it",
     "what a class, a cause or a client's message means", true},
    {"report", "report RESULTS.jsonl...", "render reports again; sends no packet",
     "render reports again", false},
    {"merge", "merge RESULTS.jsonl... -o F", "one results file out of shards",
     "join the shards of a scan", false},
    {"compare", "compare OLD NEW [MORE...]", "what differs between runs or vantages",
     "what differs between runs", false},
    {"forecast", "forecast RESULTS.jsonl...", "which SSH clients can still connect",
     "which clients can still connect", false},
    {"doctor", "doctor [--for RESULTS HOST]", "a script that finds the cause on the host",
     "the check on the failing host itself", false},
    {"keys", "keys RESULTS.jsonl...", "proved host keys, as known_hosts lines and more",
     "proved host keys, as known_hosts lines", false},
    {"history", "history list|show|host|trend|import|prune --db DB", "", "show earlier runs",
     false},
    {"schema", "schema result|report|comparison|forecast|keys|doctor",
     "JSON Schema of that document", "JSON Schema of records and reports", false},
    {"completion", "completion bash|zsh|fish", "completions, to be read by that shell",
     "this, for a shell", false},
    {"help", "help [COMMAND]", "the options of a command", "the options of a command", false},
    {"version", "version", "of this program and its libraries", "of this program", false},
};

}  // namespace fleetscan::commands
