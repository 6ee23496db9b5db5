#include "vantages/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"

namespace fleetscan::vantages {
namespace {

constexpr int kControl = 3;  // of the supervisor
constexpr int kNotRun = 127;
constexpr int kPollMillis = 100;

struct Pipe {
  FileDescriptor reading, writing;

  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "no pipe for a vantage");
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
};

void do_not_block(const FileDescriptor& descriptor) {
  ::fcntl(descriptor.number(), F_SETFL, ::fcntl(descriptor.number(), F_GETFL) | O_NONBLOCK);
}

// From here on, what runs in the supervisor: a process of its own, which has no other task.

/// @return the program's process, or 0 after saying on its standard error why there is none
pid_t spawn(std::vector<std::string>& words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  sigset_t all, none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  pid_t program = 0;
  const int error =
      ::posix_spawnp(&program, arguments[0], nullptr, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error == 0) return program;
  const auto message = "cannot run " + words[0] + ": " + std::strerror(error) + '\n';
  static_cast<void>(!::write(STDERR_FILENO, message.data(), message.size()));
  return 0;
}

/// The streams are the program's alone.
void leave_streams() {
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  ::close(nowhere);
}

int shell_status(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// @return how it ended, once it has
std::optional<int> ended(pid_t program) {
  int status = 0;
  if (::waitpid(program, &status, WNOHANG) != program) return std::nullopt;
  return shell_status(status);
}

/// Whether the owner wants an end, or is gone.
bool abandoned(int milliseconds) {
  pollfd owner{kControl, POLLIN, 0};
  return ::poll(&owner, 1, milliseconds) > 0;
}

int supervise_program(pid_t program) {
  while (!abandoned(kPollMillis))
    if (const auto status = ended(program)) return *status;
  ::kill(0, SIGTERM);  // which this process ignores
  for (int waited = 0; waited < Child::kGraceSeconds * 1000; waited += kPollMillis) {
    if (const auto status = ended(program)) return *status;
    ::poll(nullptr, 0, kPollMillis);
  }
  ::kill(program, SIGKILL);
  return 128 + SIGKILL;
}

[[noreturn]] void supervise(std::vector<std::string> words) {
  ::setsid();  // the terminal's signals are for the owner
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1}) ::signal(number, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);
  char word = 0;
  if (::read(kControl, &word, 1) != 1) std::_Exit(0);
  const auto program = spawn(words);
  leave_streams();
  const int status = program > 0 ? supervise_program(program) : kNotRun;
  static_cast<void>(!::write(kControl, &status, sizeof status));
  std::_Exit(0);
}

/// Of all descriptors, the supervisor keeps these: the ends of other children's pipes above all
/// would keep those open.
void keep_only(const std::array<int, 4>& descriptors) {
  std::array<int, 4> high{};
  for (std::size_t i = 0; i < descriptors.size(); ++i)
    high[i] = ::fcntl(descriptors[i], F_DUPFD, 64);
  for (std::size_t i = 0; i < high.size(); ++i) ::dup2(high[i], static_cast<int>(i));
  ::close_range(kControl + 1, ~0U, 0);
  ::fcntl(kControl, F_SETFD, FD_CLOEXEC);
}

}  // namespace

Child::Child(const std::vector<std::string>& words) {
  Pipe in, out, errors;
  std::array<int, 2> control{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "no socket for a vantage");
  FileDescriptor ours(control[0]), theirs(control[1]);
  std::fflush(nullptr);
  const auto process = ::fork();
  if (process < 0)
    throw std::system_error(errno, std::generic_category(), "no process for a vantage");
  if (process == 0) {
    keep_only(
        {in.reading.number(), out.writing.number(), errors.writing.number(), theirs.number()});
    supervise(words);
  }
  input_ = std::move(in.writing);
  output_ = std::move(out.reading);
  errors_ = std::move(errors.reading);
  control_ = std::move(ours);
  for (const auto* each : {&input_, &output_, &errors_, &control_}) do_not_block(*each);
}

void Child::start() {
  started_ = true;
  static_cast<void>(!::write(control_.number(), "s", 1));
}

void Child::end() {
  for (auto* each : {&input_, &output_, &errors_, &control_}) each->close();
}

std::optional<int> Child::status() {
  int status = 0;
  const auto count = ::read(control_.number(), &status, sizeof status);
  control_.close();
  if (count != static_cast<ssize_t>(sizeof status)) return std::nullopt;
  return status;
}

}  // namespace fleetscan::vantages
