#include "inventory/inventory_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/file_descriptor.h"
#include "base/input_error.h"
#include "base/json_text.h"

namespace fleetscan::inventory {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::chrono::seconds kMostTime{60};
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr const char* kTooSlow = "a program that did not end within 60 seconds";
constexpr std::size_t kMostHosts = 10'000;

/// One run; what it printed, or why there is nothing.
class Program {
 public:
  explicit Program(const std::string& path) : path_(path) {}

  std::variant<std::string, InputError> run(std::vector<std::string> arguments) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return failed("cannot be run: no pipe is left");
    const FileDescriptor reading(pipe[0]);
    pid_t child = 0;
    {
      const FileDescriptor writing(pipe[1]);
      if (const int error = start(std::move(arguments), writing.number(), child); error != 0)
        return failed(error == EACCES ? "a program that may not be executed" : "cannot be run");
    }
    const auto* fault = read_all(reading.number());
    int status = 0;
    while (!fault && ::waitpid(child, &status, WNOHANG) == 0) {
      if (Clock::now() > deadline_) fault = kTooSlow;
      ::poll(nullptr, 0, 5);
    }
    if (fault) {
      ::kill(-child, SIGKILL);
      while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
      return failed(fault);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed("a program that failed");
    return std::exchange(output_, {});
  }

 private:
  InputError failed(const char* why) const { return {path_, 0, 0, "", why}; }

  /// In a group of its own, so that all it starts can be ended; with nothing on standard input.
  int start(std::vector<std::string> arguments, int output, pid_t& child) const {
    auto path = path_.find('/') == std::string::npos ? "./" + path_ : path_;
    arguments.insert(arguments.begin(), path);
    std::vector<char*> words;
    words.reserve(arguments.size() + 1);
    for (auto& one : arguments) words.push_back(one.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int error =
        ::posix_spawn(&child, path.c_str(), &actions, &attributes, words.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  /// @return what is wrong, or null
  const char* read_all(int descriptor) {
    std::array<char, 65536> buffer;
    while (true) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
      pollfd readable{descriptor, POLLIN, 0};
      const int ready = left.count() > 0 ? ::poll(&readable, 1, static_cast<int>(left.count())) : 0;
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return kTooSlow;
      const auto count = ::read(descriptor, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return count == 0 ? nullptr : "its output cannot be read";
      bytes_ += static_cast<std::size_t>(count);
      if (bytes_ > kMostBytes) return "a program that prints more than 64 MiB";
      output_.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  const std::string& path_;
  const Clock::time_point deadline_ = Clock::now() + kMostTime;
  std::size_t bytes_ = 0;
  std::string output_;
};

std::set<std::string> hosts_in(const Json& root) {
  std::set<std::string> hosts;
  for (const auto& group : root) {
    const auto* list = group.is_array() ? &group : member(group, "hosts");
    if (!list || !list->is_array()) continue;
    for (const auto& host : *list)
      if (host.is_string() && hosts.size() < kMostHosts) hosts.insert(host.get<std::string>());
  }
  return hosts;
}

}  // namespace

std::variant<std::string, InputError> run_inventory_program(const std::string& path) {
  Program program(path);
  auto listing = program.run({"--list"});
  if (std::holds_alternative<InputError>(listing)) return listing;
  InputErrors found;
  auto root = parse_json(std::get<std::string>(listing), path, found);
  if (!root) return found.kept().front();
  if (!root->is_object() || root->contains("_meta")) return listing;
  auto variables = Json::object();
  for (const auto& host : hosts_in(*root)) {
    if (host.starts_with('-')) continue;
    const auto one = program.run({"--host", host});
    if (const auto* error = std::get_if<InputError>(&one)) return *error;
    const auto& text = std::get<std::string>(one);
    if (text.find('{') == std::string::npos) continue;
    auto parsed = parse_json(text, path, found);
    if (!parsed) return found.kept().front();
    variables[host] = *std::move(parsed);
  }
  (*root)["_meta"] = {{"hostvars", std::move(variables)}};
  return root->dump();
}

}  // namespace fleetscan::inventory
