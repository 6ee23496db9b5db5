// fleetscan: from the command line to the exit status. All else lives in the rooms.

#include <openssl/crypto.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <system_error>

#include "commands/command_line.h"
#include "commands/compare_command.h"
#include "commands/completion.h"
#include "commands/configuration_files.h"
#include "commands/console.h"
#include "commands/history_command.h"
#include "commands/merge_command.h"
#include "commands/report_command.h"
#include "commands/scan_command.h"
#include "commands/targets_command.h"
#include "commands/terminal.h"
#include "commands/versions.h"
#include "scanner/diagnosis/explain.h"

namespace {

using namespace fleetscan;
using namespace fleetscan::commands;

int print_completion(std::vector<std::string> arguments) {
  const auto script = arguments.size() == 1 ? completion(arguments[0]) : std::nullopt;
  if (!script) say("completion is for one of bash, zsh and fish");
  std::fputs(script ? script->c_str() : "", stdout);
  return script ? 0 : kExitUsage;
}

int print_explanation(const std::string& name) {
  const auto [known, text] = diagnosis::explain(name, look_at(STDOUT_FILENO, Color::never).width);
  std::fputs(known ? text.c_str() : ("fleetscan: " + text).c_str(), known ? stdout : stderr);
  return known ? 0 : kExitUsage;
}

/// Called wherever an allocation fails, on any thread: what needs memory is given up at once. Whole
/// outputs are in their places, and no other is.
void out_of_memory() {
  constexpr std::string_view kMessage =
      "fleetscan: out of memory; --resume finishes what --output or --jsonl has begun\n";
  static_cast<void>(!write(STDERR_FILENO, kMessage.data(), kMessage.size()));
  std::_Exit(kExitUndecided);
}

void* checked(void* memory, std::size_t size) {
  if (!memory && size > 0) out_of_memory();
  return memory;
}

/// OpenSSL, too, rather ends than goes on with half of what it needs.
void guard_openssl() {
  CRYPTO_set_mem_functions(
      [](std::size_t size, const char*, int) { return checked(std::malloc(size), size); },
      [](void* old, std::size_t size, const char*, int) {
        return checked(std::realloc(old, size), size);
      },
      [](void* memory, const char*, int) { std::free(memory); });
}

constexpr struct {
  std::string_view name;
  int (*run)(std::vector<std::string> arguments);  ///< those behind the name
} kSubcommands[] = {{"report", run_report},
                    {"merge", run_merge},
                    {"compare", run_compare},
                    {"history", run_history},
                    {"completion", print_completion}};

int run(const std::vector<std::string>& arguments) {
  for (const auto& [name, run_subcommand] : kSubcommands)
    if (!arguments.empty() && arguments[0] == name)
      return run_subcommand({arguments.begin() + 1, arguments.end()});
  if (arguments == std::vector<std::string>{"schema"}) return print_schema();
  std::vector<ConfigLayer> layers;
  try {
    layers = config_layers(arguments);
  } catch (const std::runtime_error& error) {
    say(error.what());
    return kExitUsage;
  }
  const auto parsed = parse_options(arguments, layers);
  if (const auto* instead = std::get_if<Instead>(&parsed)) return answer(*instead);
  if (std::holds_alternative<ShowVersion>(parsed)) {
    std::fputs(versions().c_str(), stdout);
    return 0;
  }
  const auto& options = std::get<Options>(parsed);
  switch (options.command) {
    case Command::scan: return run_scan(options, FLEETSCAN_VERSION);
    case Command::targets: return list_targets(options);
    case Command::explain: return print_explanation(options.explain);
  }
  return kExitUsage;
}

}  // namespace

int main(int count, char** words) {
  std::set_new_handler(out_of_memory);
  guard_openssl();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an output that cannot be written
  try {
    return run({words + 1, words + count});
  } catch (const std::system_error& error) {
    say(error.what());
    const bool starved = error.code() == std::errc::too_many_files_open ||
                         error.code() == std::errc::too_many_files_open_in_system ||
                         error.code() == std::errc::not_enough_memory;
    return starved ? kExitUndecided : kExitOutput;
  } catch (const std::exception& error) {
    say(error.what());
    return kExitUndecided;
  }
}
