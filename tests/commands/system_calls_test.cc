// Tries every system call number, each in a process of its own that has confined itself.

#include "commands/system_calls.h"

#include <doctest/doctest.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "commands/capabilities.h"
#include "commands/confinement.h"

namespace fleetscan::commands {
namespace {

constexpr int kNumbers = 512;  // the kernel's table ends before 480
constexpr int kFirstOfLinux51 = 424;
constexpr int kNotInForce = 77;

struct Expected {
  std::string scan = "no";
  std::string report = "no";
};

int number_of(const std::string& name) {
  const bool is_number = name.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::stoi(name) : seccomp_syscall_resolve_name(name.c_str());
}

/// The written list, by the numbers that this architecture has.
std::map<int, Expected> written() {
  std::map<int, Expected> rows;
  std::ifstream file(FLEETSCAN_SOURCE "/tests/commands/system_calls.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    Expected expected;
    if (line.starts_with('#') || !(words >> name >> expected.scan >> expected.report)) continue;
    const int number = number_of(name);
    REQUIRE_MESSAGE(number != __NR_SCMP_ERROR, name);
    if (number >= 0) rows[number] = expected;
  }
  return rows;
}

/// All arguments are such that no call does anything but fail, or ends this process. Does not
/// return.
void attempt(int number, bool report) {
  for (const int signal : {SIGSEGV, SIGILL, SIGBUS}) ::signal(signal, SIG_DFL);  // not doctest's
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::alarm(20);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  static_cast<void>(drop_capabilities({}));
  if (!allow_calls_of_a_scan(false)) ::_exit(kNotInForce);
  if (report && !forbid_sockets()) ::_exit(kNotInForce);
  const auto result = ::syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
  ::_exit(result == -1 ? errno : 0);
}

/// Whether it got no further than the filter, not even to the kernel's own checks.
bool refused(int number, bool report) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) attempt(number, report);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status)) return false;
  const int error = WEXITSTATUS(status);
  REQUIRE(error != kNotInForce);
  return error == (number < kFirstOfLinux51 ? EPERM : ENOSYS);
}

std::string name_of(int number) {
  auto* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  std::string text = name ? name : "unknown";
  ::free(name);
  return text;
}

void check_all(bool report) {
  const auto rows = written();
  REQUIRE(rows.size() > 80);
  for (int number = 0; number < kNumbers; ++number) {
    const auto row = rows.find(number);
    const auto expected = row == rows.end() ? Expected{} : row->second;
    const auto& word = report ? expected.report : expected.scan;
    if (word == "any") continue;
    CHECK_MESSAGE(refused(number, report) == (word != "yes"), number, " ", name_of(number));
  }
}

bool in_force() {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(confine({}).system_calls ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("system calls: while it scans, the written list and no other") {
  if (in_force())
    check_all(false);
  else
    MESSAGE("no seccomp here");
}

TEST_CASE("system calls: while it reports, the written list and no other") {
  if (in_force())
    check_all(true);
  else
    MESSAGE("no seccomp here");
}

}  // namespace
}  // namespace fleetscan::commands
