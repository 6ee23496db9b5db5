#pragma once
// Every option of `fleetscan` and `fleetscan targets`, in the order of the help.

#include <CLI/App.hpp>
#include <map>
#include <string>

#include "commands/options.h"

namespace fleetscan::commands {

/// What a command line asks for beside a scan.
struct Requests {
  bool no_diagnose = false;
  bool all_keys = false;
  unsigned keys = 7;  ///< if all: as many types as clients of today use (scanner/ssh/public_key.h)
  bool no_sandbox = false;
  bool push = false;
  bool v4 = false;
  bool v6 = false;
  bool proxy_dns = false;
  bool brief_help = false;
  bool whole_help = false;
  bool version = false;
  bool show_config = false;
};

/// Declares them all; parsing fills `options` and `asked`, which must outlive `app`.
void declare_options(CLI::App& app, Options& options, Requests& asked);

/// The effective values by long option name, of those that shape a result: for the run record.
[[nodiscard]] std::map<std::string, std::string> effective_options(const Options& options);

}  // namespace fleetscan::commands
