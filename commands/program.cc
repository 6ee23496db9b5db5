#include "commands/program.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/exit_status.h"
#include "base/output_file.h"
#include "base/static_program.h"
#include "commands/command_line.h"
#include "commands/command_words.h"
#include "commands/compare_command.h"
#include "commands/completion.h"
#include "commands/configuration.h"
#include "commands/configuration_files.h"
#include "commands/console.h"
#include "commands/doctor_command.h"
#include "commands/forecast_command.h"
#include "commands/history_command.h"
#include "commands/keys_command.h"
#include "commands/merge_command.h"
#include "commands/options.h"
#include "commands/report_command.h"
#include "commands/scan_command.h"
#include "commands/subcommands.h"
#include "commands/targets_command.h"
#include "commands/terminal.h"
#include "commands/usage.h"
#include "commands/versions.h"
#include "scanner/diagnosis/explain.h"

namespace fleetscan::commands {
namespace {

int print_completion(std::vector<std::string> arguments) {
  const auto script = arguments.size() == 1 ? completion(arguments[0]) : std::nullopt;
  if (!script) say("completion needs one of bash, zsh and fish");
  std::fputs(script ? script->c_str() : "", stdout);
  return script ? kExitPassed : kExitUsage;
}

/// As much of standard input as a message can need.
std::string pasted() {
  std::string text(std::size_t{16} << 10, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stdin));
  return text;
}

int print_explanation(const std::string& name) {
  const auto asked = name == "-" ? pasted() : name;
  constexpr std::size_t kPageWidth = 80;  // where there is no terminal
  const auto width = look_at(STDOUT_FILENO, Color::never).width;
  const auto [known, text] = diagnosis::explain(asked, width > 0 ? width : kPageWidth);
  std::fputs(known ? text.c_str() : ("fleetscan: " + text).c_str(), known ? stdout : stderr);
  return known ? kExitPassed : kExitUsage;
}

/// Called wherever an allocation fails, on any thread: what needs memory is given up at once. Whole
/// outputs are in their places, and no other is.
void out_of_memory() {
  constexpr std::string_view kMessage =
      "fleetscan: out of memory; --resume finishes what --output or --jsonl has started\n";
  static_cast<void>(!write(STDERR_FILENO, kMessage.data(), kMessage.size()));
  std::_Exit(kExitUndecided);
}

void* checked(void* memory, std::size_t size) {
  if (!memory && size > 0) out_of_memory();
  return memory;
}

/// OpenSSL would go on with half of what it needs; the program rather ends.
void guard_openssl() {
  CRYPTO_set_mem_functions(
      [](std::size_t size, const char*, int) { return checked(std::malloc(size), size); },
      [](void* old, std::size_t size, const char*, int) {
        return checked(std::realloc(old, size), size);
      },
      [](void* memory, const char*, int) { std::free(memory); });
}

int run_with_options(const std::vector<std::string>& arguments) {
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
    return kExitPassed;
  }
  const auto& options = std::get<Options>(parsed);
  switch (options.command) {
    case Command::scan: return run_scan(options, FLEETSCAN_VERSION);
    case Command::targets: return list_targets(options);
    case Command::explain: return print_explanation(options.explain);
  }
  return kExitUsage;
}

int dispatch(const std::vector<std::string>& arguments);

/// `help`, and `help COMMAND`.
int run_help(std::vector<std::string> arguments) {
  arguments.emplace_back("--help");
  return dispatch(arguments);
}

int run_version(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "--version");
  return run_with_options(arguments);
}

int run_schema(std::vector<std::string> arguments) {
  if (!arguments.empty() && (arguments[0] == "-h" || arguments[0] == "--help"))
    return run_with_options(arguments);
  return print_schema(std::move(arguments));
}

struct Runner {
  std::string_view name;
  int (*run)(std::vector<std::string> arguments);  ///< those behind the name
};

constexpr Runner kRunners[] = {
    {"report", run_report},     {"merge", run_merge},    {"compare", run_compare},
    {"forecast", run_forecast}, {"doctor", run_doctor},  {"keys", run_keys},
    {"history", run_history},   {"schema", run_schema},  {"completion", print_completion},
    {"help", run_help},         {"version", run_version}};

static_assert(std::ranges::all_of(kSubcommands, [](const Subcommand& subcommand) {
  return subcommand.scan_options !=
         (std::ranges::count(kRunners, subcommand.name, &Runner::name) == 1);
}));

int dispatch(const std::vector<std::string>& arguments) {
  const auto [command, rest] = find_command(arguments);
  const auto* runner = std::ranges::find(kRunners, command, &Runner::name);
  return runner == std::end(kRunners) ? run_with_options(arguments) : runner->run(rest);
}

/// A standard stream that whoever started us has closed becomes one on which reading and writing
/// fail: otherwise the next file to be opened would take its number, and messages go there.
void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/", O_PATH));
}

/// What was printed has arrived, as far as the system can tell.
int close_standard_output(int status) {
  const bool written = std::ferror(stdout) == 0;
  errno = 0;
  if (std::fclose(stdout) == 0 && written) return status;
  if (errno == EPIPE) return kExitOutput;
  say(std::string("cannot write standard output") + (errno ? ": " : "") +
      (errno ? std::strerror(errno) : ""));
  return kExitOutput;
}

/// This machine ran out of something: then the run is incomplete, and no output is to blame.
bool is_starved(const std::error_code& code) {
  return code == std::errc::too_many_files_open ||
         code == std::errc::too_many_files_open_in_system || code == std::errc::not_enough_memory ||
         code == std::errc::resource_unavailable_try_again;  // no thread
}

int guarded_dispatch(const std::vector<std::string>& arguments) {
  try {
    return dispatch(arguments);
  } catch (const OutputInUse& error) {
    say(error.what());
    return kExitUndecided;
  } catch (const std::system_error& error) {
    // Whoever read the output has had enough of it, and need not be told.
    if (error.code() == std::errc::broken_pipe) return kExitOutput;
    say(error.what());
    return is_starved(error.code()) ? kExitUndecided : kExitOutput;
  } catch (const std::exception& error) {
    say(error.what());
    return kExitUndecided;
  }
}

}  // namespace

int run_program(int count, char** words) {
  open_standard_streams();
  std::set_new_handler(out_of_memory);
  guard_openssl();
  load_no_libraries();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an output that cannot be written
  std::signal(SIGXFSZ, SIG_IGN);  // and so is a file that has reached its limit of size
  return close_standard_output(guarded_dispatch({words + 1, words + count}));
}

}  // namespace fleetscan::commands
