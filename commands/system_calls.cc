#include "commands/system_calls.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

namespace fleetscan::commands {
namespace {

constexpr const char* kAllowed[] = {
    // files
    "read", "write", "readv", "writev", "pread64", "pwrite64", "lseek", "close", "dup", "fstat",
    "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
    "readlinkat", "getcwd", "getdents64", "rename", "renameat", "unlink", "unlinkat", "rmdir",
    "ftruncate", "fallocate", "fadvise64", "fsync", "fdatasync", "flock",
    // memory and threads
    "munmap", "mremap", "madvise", "brk", "futex", "set_robust_list", "rseq", "gettid", "exit",
    "exit_group", "sched_yield", "sched_getaffinity", "getcpu", "membarrier",
    // signals and time
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "nanosleep",
    "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
    // loops
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "poll", "ppoll", "eventfd2", "pipe2",
    // who and where we are
    "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrlimit", "getrusage",
    "getrandom", "uname", "sysinfo"};

constexpr const char* kOfSockets[] = {"connect",     "getsockopt",  "setsockopt",
                                      "getsockname", "getpeername", "recvfrom",
                                      "recvmsg",     "recvmmsg",    "shutdown"};

constexpr const char* kConditionalOfSockets[] = {"socket", "sendto", "sendmsg", "sendmmsg"};

constexpr int kDescriptorCommands[] = {F_GETFD,         F_SETFD,     F_GETFL,     F_SETFL,
                                       F_DUPFD_CLOEXEC, F_GETLK,     F_SETLK,     F_SETLKW,
                                       F_OFD_GETLK,     F_OFD_SETLK, F_OFD_SETLKW};
constexpr unsigned kDeviceCommands[] = {FIONREAD, FIONBIO,    FIOCLEX,     FIONCLEX,
                                        TCGETS,   TIOCGWINSZ, SIOCGIFINDEX};

constexpr int kFirstOfLinux51 = 424;  // from here on all architectures have the same numbers
constexpr int kLastNumber = 511;

// int and unsigned arguments: what lies in the upper half of the register is no concern of the
// kernel's, either.
scmp_arg_cmp masked(unsigned index, std::uint32_t mask, std::uint32_t value) {
  return {index, SCMP_CMP_MASKED_EQ, mask, value};
}
scmp_arg_cmp equal(unsigned index, std::uint32_t value) { return masked(index, ~0U, value); }
scmp_arg_cmp without(unsigned index, std::uint32_t bits) { return masked(index, bits, 0); }
scmp_arg_cmp null(unsigned index) { return {index, SCMP_CMP_EQ, 0, 0}; }

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

/// A filter under construction.
class Filter {
 public:
  explicit Filter(std::uint32_t otherwise) : filter_(seccomp_init(otherwise)) {
    if (!filter_) return;
    seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_NNP, 0);  // is already in force
    sound_ = seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0;
  }

  /// If all conditions hold. What this architecture lacks is passed over.
  void rule(std::uint32_t action, const char* name, const std::vector<scmp_arg_cmp>& conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number >= 0) rule(action, number, conditions);
  }
  void rule(std::uint32_t action, int number, const std::vector<scmp_arg_cmp>& conditions = {}) {
    sound_ = sound_ && seccomp_rule_add_array(filter_.get(), action, number,
                                              static_cast<unsigned>(conditions.size()),
                                              conditions.data()) == 0;
  }
  void allow(const char* name, const std::vector<scmp_arg_cmp>& conditions = {}) {
    rule(SCMP_ACT_ALLOW, name, conditions);
  }

  [[nodiscard]] bool load() { return sound_ && seccomp_load(filter_.get()) == 0; }

 private:
  std::unique_ptr<void, ReleaseFilter> filter_;
  bool sound_ = false;
};

void allow_sockets(Filter& filter, bool name_sockets) {
  const auto socket = [&](int family, int type, int protocol) {
    constexpr std::uint32_t kType = ~static_cast<std::uint32_t>(SOCK_NONBLOCK | SOCK_CLOEXEC);
    filter.allow("socket", {equal(0, static_cast<std::uint32_t>(family)),
                            masked(1, kType, static_cast<std::uint32_t>(type)),
                            equal(2, static_cast<std::uint32_t>(protocol))});
  };
  for (const int family : {AF_INET, AF_INET6}) {
    for (const int protocol : {0, static_cast<int>(IPPROTO_TCP)})
      socket(family, SOCK_STREAM, protocol);
    for (const int protocol : {0, static_cast<int>(IPPROTO_UDP)})
      socket(family, SOCK_DGRAM, protocol);
  }
  socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
  if (name_sockets) socket(AF_UNIX, SOCK_STREAM, 0);
  for (const auto* name : kOfSockets) filter.allow(name);
  // Such a packet connects, and Landlock does not see it.
  filter.allow("sendto", {without(3, MSG_FASTOPEN)});
  filter.allow("sendmsg", {without(2, MSG_FASTOPEN)});
  filter.allow("sendmmsg", {without(3, MSG_FASTOPEN)});
}

void allow_files(Filter& filter) {
  constexpr std::uint32_t kMakesFiles = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
  constexpr std::uint32_t kSpecial = S_ISUID | S_ISGID | S_ISVTX | S_IXUSR | S_IXGRP | S_IXOTH;
  filter.allow("openat", {without(2, kMakesFiles)});
  filter.allow("openat", {without(3, kSpecial)});
  filter.allow("open", {without(1, kMakesFiles)});
  filter.allow("open", {without(2, kSpecial)});
  filter.allow("renameat2", {without(4, ~static_cast<std::uint32_t>(RENAME_NOREPLACE))});
  for (const int command : kDescriptorCommands)
    filter.allow("fcntl", {equal(1, static_cast<std::uint32_t>(command))});
  for (const auto command : kDeviceCommands) filter.allow("ioctl", {equal(1, command)});
}

void allow_memory(Filter& filter) {
  filter.allow("mmap", {without(2, PROT_EXEC)});
  // Modules of the name service are loaded when they are first needed.
  filter.allow("mmap", {masked(2, PROT_WRITE | PROT_EXEC, PROT_EXEC), without(3, MAP_ANONYMOUS)});
  filter.allow("mprotect", {without(2, PROT_EXEC)});
}

void allow_threads(Filter& filter) {
  constexpr std::uint32_t kNoThread = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_VFORK |
                                      CLONE_PTRACE;
  filter.allow("clone", {masked(0, kNoThread | CLONE_THREAD, CLONE_THREAD)});
  filter.allow("tgkill", {equal(0, static_cast<std::uint32_t>(::getpid()))});  // abort()
  filter.allow("prlimit64", {equal(0, 0), null(2)});                           // asks about us
  filter.allow("prctl", {equal(0, PR_SET_NAME)});
  filter.allow("seccomp", {equal(0, SECCOMP_SET_MODE_FILTER)});  // forbid_sockets()
}

/// clone3() is among these: its flags lie in memory, where no filter can look.
void deny_as_unknown(Filter& filter) {
  for (int number = kFirstOfLinux51; number <= kLastNumber; ++number)
    if (number != SCMP_SYS(faccessat2)) filter.rule(SCMP_ACT_ERRNO(ENOSYS), number);
}

}  // namespace

bool allow_calls_of_a_scan(bool name_sockets) {
  Filter filter(SCMP_ACT_ERRNO(EPERM));
  for (const auto* name : kAllowed) filter.allow(name);
  allow_files(filter);
  allow_memory(filter);
  allow_threads(filter);
  allow_sockets(filter, name_sockets);
  deny_as_unknown(filter);
  return filter.load();
}

bool forbid_sockets() {
  Filter filter(SCMP_ACT_ALLOW);
  for (const auto* name : kOfSockets) filter.rule(SCMP_ACT_ERRNO(EPERM), name, {});
  for (const auto* name : kConditionalOfSockets) filter.rule(SCMP_ACT_ERRNO(EPERM), name, {});
  filter.rule(SCMP_ACT_ERRNO(EPERM), "seccomp", {});
  return filter.load();
}

}  // namespace fleetscan::commands
