// A process that confines itself and then tries to break out.

#include "commands/confinement.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>

using namespace fleetscan;
using namespace fleetscan::commands;
namespace fs = std::filesystem;

namespace {

constexpr unsigned kNobody = 65534;

/// A folder for outputs, and beside it what is nobody's business.
class Place {
 public:
  Place() {
    fs::create_directories(outputs);
    std::ofstream(secret) << "secret";
    std::ofstream(outputs / "old") << "old";
  }
  ~Place() { fs::remove_all(root_); }

 private:
  fs::path root_ = fs::temp_directory_path() / ("confinement-" + std::to_string(::getpid()));

 public:
  const fs::path outputs = root_ / "out";
  const fs::path secret = root_ / "secret";
};

int error_of(long result) { return result < 0 ? errno : 0; }

int opened(const fs::path& path, int flags) {
  return error_of(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

int bound_to_a_port(bool listening) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  return error_of(listening ? ::listen(fd, 1) : bound);
}

/// The bits of this set of /proc/self/status; -1 if it is not there.
int capabilities(const std::string& set) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(set + ":"))
      return static_cast<int>(std::stoull(line.substr(set.size() + 1), nullptr, 16));
  return -1;
}

/// What `attempt` returns in a process of its own that has confined itself.
int confined(const NeededFiles& needed, const std::function<int()>& attempt) {
  const auto child = ::fork();
  if (child == 0) {
    static_cast<void>(confine(needed));
    ::_exit(attempt());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/// What this kernel and build can do, learned where it does no harm.
Confinement possible() {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  confined({}, [] { return 0; });
  if (::fork() == 0) {
    const auto in_force = confine({});
    const int facts[] = {in_force.no_new_privileges, in_force.landlock, in_force.system_calls};
    ::_exit(::write(ends[1], facts, sizeof facts) == sizeof facts ? 0 : 1);
  }
  int facts[3] = {};
  REQUIRE(::read(ends[0], facts, sizeof facts) == sizeof facts);
  ::wait(nullptr);
  ::close(ends[0]);
  ::close(ends[1]);
  return {facts[0] != 0, facts[1], facts[2] != 0, ""};
}

}  // namespace

TEST_CASE("confinement: what a scan does still works") {
  const Place place;
  const NeededFiles needed{{place.outputs}, {}};
  const auto out = place.outputs;
  CHECK(confined(needed, [&] { return opened(out / "new", O_WRONLY | O_CREAT); }) == 0);
  CHECK(confined(needed, [&] { return opened(out / "old", O_RDWR | O_TRUNC); }) == 0);
  CHECK(confined(needed, [&] {
          return error_of(::rename((out / "old").c_str(), (out / "moved").c_str()));
        }) == 0);
  CHECK(confined(needed, [&] { return error_of(::unlink((out / "moved").c_str())); }) == 0);
  CHECK(confined(needed, [&] { return opened(out, O_RDONLY | O_DIRECTORY); }) == 0);
  CHECK(confined(needed, [&] { return opened("/etc/hosts", O_RDONLY); }) == 0);
  CHECK(confined(needed, [] {
          int ran = 1;
          std::thread([&] { ran = 0; }).join();
          return ran;
        }) == 0);
  CHECK(confined(needed, [] {
          addrinfo* found = nullptr;
          return ::getaddrinfo("localhost", nullptr, nullptr, &found) == 0 ? 0 : 1;
        }) == 0);
  CHECK(confined(needed, [] { return error_of(::socket(AF_INET, SOCK_STREAM, 0)); }) == 0);
}

TEST_CASE("confinement: files beyond the outputs are out of reach") {
  const auto in_force = possible();
  if (in_force.landlock == 0) {
    MESSAGE("no Landlock here");
    return;
  }
  const Place place;
  const NeededFiles needed{{place.outputs}, {}};
  CHECK(confined(needed, [&] { return opened(place.secret, O_RDONLY); }) == EACCES);
  CHECK(confined(needed, [&] { return opened(place.secret, O_WRONLY); }) == EACCES);
  CHECK(confined(needed, [&] { return opened(place.secret.string() + "2", O_WRONLY | O_CREAT); }) ==
        EACCES);
  CHECK(confined(needed, [&] { return error_of(::unlink(place.secret.c_str())); }) == EACCES);
  CHECK(confined(needed, [&] { return opened("/etc/passwd", O_RDONLY); }) == EACCES);
  CHECK(confined(needed, [&] { return opened("/etc/hosts", O_WRONLY); }) == EACCES);
  CHECK(confined({{}, {place.secret}}, [&] { return opened(place.secret, O_RDONLY); }) == 0);
  CHECK(confined({{}, {place.secret}}, [&] { return opened(place.secret, O_WRONLY); }) == EACCES);
  const auto link = place.outputs / "link";
  fs::create_symlink(place.secret, link);
  CHECK(confined(needed, [&] { return opened(link, O_RDONLY); }) == EACCES);
  CHECK(confined(needed, [] { return bound_to_a_port(false); }) == EPERM);
  CHECK(confined(needed, [] { return error_of(::kill(::getppid(), 0)); }) == EPERM);
}

TEST_CASE("confinement: only needed ports can be connected to") {
  if (possible().landlock < 4) {
    MESSAGE("no Landlock 4 here");
    return;
  }
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* name = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener, name, size) == 0);
  REQUIRE(::listen(listener, 8) == 0);
  REQUIRE(::getsockname(listener, name, &size) == 0);
  const auto connected = [&](std::set<std::uint16_t> ports) {
    NeededFiles needed;
    needed.ports = std::move(ports);
    return confined(
        needed, [&] { return error_of(::connect(::socket(AF_INET, SOCK_STREAM, 0), name, size)); });
  };
  const auto port = ntohs(address.sin_port);
  CHECK(connected({port}) == 0);
  CHECK(connected({53, port}) == 0);
  CHECK(connected({static_cast<std::uint16_t>(port ^ 1)}) == EACCES);
  CHECK(connected({}) == 0);
  ::close(listener);
}

TEST_CASE("confinement: root's capabilities are gone") {
  if (::geteuid() != 0 || !possible().system_calls) {
    MESSAGE("not root, or not confined here");
    return;
  }
  const Place place;
  const NeededFiles needed{{place.outputs}, {}};
  for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
    CHECK(confined(needed, [&] { return capabilities(set); }) == 0);
}

TEST_CASE("confinement: root can still write to another account's outputs, and to no more of it") {
  if (::geteuid() != 0 || possible().landlock == 0) {
    MESSAGE("not root, or no Landlock here");
    return;
  }
  const Place place;
  const NeededFiles needed{{place.outputs}, {}};
  REQUIRE(::chown(place.outputs.c_str(), kNobody, kNobody) == 0);
  CHECK(confined(needed, [&] { return opened(place.outputs / "new", O_WRONLY | O_CREAT); }) == 0);
  CHECK(confined(needed, [&] { return opened(place.secret, O_RDONLY); }) == EACCES);
  for (const auto* set : {"CapPrm", "CapEff"})
    CHECK(confined(needed, [&] { return capabilities(set); }) == 1 << CAP_DAC_OVERRIDE);

  const auto old = place.outputs / "old";
  REQUIRE(::chown(place.outputs.c_str(), 0, 0) == 0);
  REQUIRE(::chown(old.c_str(), kNobody, kNobody) == 0);
  CHECK(confined(needed, [&] { return opened(old, O_WRONLY); }) == EACCES);
  CHECK(confined({{place.outputs}, {}, {old}}, [&] { return opened(old, O_WRONLY); }) == 0);
}

TEST_CASE("confinement: nothing can be started or taken over") {
  if (!possible().system_calls) {
    MESSAGE("no seccomp here");
    return;
  }
  const std::string shell = "/bin/sh";
  CHECK(confined({{}, {shell}}, [&] {
          return error_of(::execl(shell.c_str(), shell.c_str(), "-c", ":", nullptr));
        }) == EPERM);
  CHECK(confined({}, [] { return error_of(::fork()); }) == EPERM);
  CHECK(confined({}, [] { return error_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }) ==
        EPERM);
  CHECK(confined({}, [] { return bound_to_a_port(true); }) == EPERM);
  CHECK(confined({}, [] { return error_of(::unshare(CLONE_NEWUSER)); }) == EPERM);
  CHECK(confined({}, [] { return error_of(::mount("none", "/mnt", "tmpfs", 0, nullptr)); }) ==
        EPERM);
  CHECK(confined({}, [] { return error_of(::setuid(0)); }) == EPERM);
}

TEST_CASE("confinement: owners, modes, times, links and devices stay as they are") {
  if (!possible().system_calls) {
    MESSAGE("no seccomp here");
    return;
  }
  const Place place;
  const NeededFiles needed{{place.outputs}, {}};
  const auto old = place.outputs / "old";  // even of outputs
  const auto refused = [&](const std::function<long()>& call) {
    return confined(needed, [&] { return error_of(call()); }) == EPERM;
  };
  CHECK(refused([&] { return ::chmod(old.c_str(), 0600); }));
  CHECK(refused([&] { return ::chown(old.c_str(), ::getuid(), ::getgid()); }));
  CHECK(refused([&] { return ::setxattr(old.c_str(), "user.x", "1", 1, 0); }));
  CHECK(refused([&] { return ::removexattr(old.c_str(), "user.x"); }));
  CHECK(refused([&] { return ::utimensat(AT_FDCWD, old.c_str(), nullptr, 0); }));
  CHECK(refused([&] { return ::truncate(old.c_str(), 0); }));
  CHECK(refused([&] { return ::link(old.c_str(), (place.outputs / "hard").c_str()); }));
  CHECK(refused([&] { return ::symlink("old", (place.outputs / "soft").c_str()); }));
  CHECK(refused([&] { return ::mkdir((place.outputs / "folder").c_str(), 0700); }));
  CHECK(refused([&] { return ::mkfifo((place.outputs / "fifo").c_str(), 0600); }));
  for (const int mode : {04644, 02644, 01644, 0755})
    CHECK(refused([&] {
      return ::open((place.outputs / "new").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    }));
}

TEST_CASE("confinement: only sockets of the internet's families, and only while the scan goes on") {
  if (!possible().system_calls) {
    MESSAGE("no seccomp here");
    return;
  }
  struct Row {
    int family, type, protocol, error;
  };
  constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  for (const Row row : {
           Row{AF_INET, SOCK_STREAM | kFlags, 0, 0},
           Row{AF_INET, SOCK_STREAM, IPPROTO_TCP, 0},
           Row{AF_INET, SOCK_DGRAM | kFlags, IPPROTO_UDP, 0},
           Row{AF_INET, SOCK_RAW, IPPROTO_ICMP, EPERM},
           Row{AF_INET, SOCK_STREAM, IPPROTO_SCTP, EPERM},
           Row{AF_INET, SOCK_SEQPACKET, 0, EPERM},
           Row{AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, EPERM},
           Row{AF_UNIX, SOCK_STREAM, 0, EPERM},
           Row{AF_UNIX, SOCK_DGRAM, 0, EPERM},
           Row{AF_PACKET, SOCK_RAW, 0, EPERM},
           Row{AF_PACKET, SOCK_DGRAM, 0, EPERM},
           Row{AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, EPERM},
           Row{AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, EPERM},
           Row{AF_ALG, SOCK_SEQPACKET, 0, EPERM},
           Row{AF_VSOCK, SOCK_STREAM, 0, EPERM},
       }) {
    CAPTURE(row.family);
    CAPTURE(row.type);
    CAPTURE(row.protocol);
    CHECK(confined({}, [&] { return error_of(::socket(row.family, row.type, row.protocol)); }) ==
          row.error);
  }
  // Who may ping is up to net.ipv4.ping_group_range: EACCES.
  CHECK(confined({}, [] { return error_of(::socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)); }) !=
        EPERM);
  CHECK(confined({}, [] {
          int pair[2];
          return error_of(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        }) == EPERM);
  CHECK(confined({}, [] {
          const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
          sockaddr_in peer{};
          peer.sin_family = AF_INET;
          return error_of(
              ::sendto(fd, "", 0, MSG_FASTOPEN, reinterpret_cast<sockaddr*>(&peer), sizeof peer));
        }) == EPERM);
  const NeededFiles with_names{{}, {}, {}, true};
  CHECK(confined(with_names, [] { return error_of(::socket(AF_UNIX, SOCK_STREAM, 0)); }) == 0);
  CHECK(confined(with_names, [] { return error_of(::socket(AF_UNIX, SOCK_DGRAM, 0)); }) == EPERM);

  CHECK(confined({}, [] {
          const int before = ::socket(AF_INET, SOCK_DGRAM, 0);
          confine_reports({false, 0, true, ""});
          int error = 0;
          std::thread([&] { error = error_of(::socket(AF_INET, SOCK_STREAM, 0)); }).join();
          return error == EPERM && error_of(::send(before, "", 0, 0)) == EPERM ? 0 : 1;
        }) == 0);
}

TEST_CASE("confinement: memory is never writable and executable") {
  if (!possible().system_calls) {
    MESSAGE("no seccomp here");
    return;
  }
  const auto mapped = [](int protection) {
    return confined({}, [=] {
      auto* space = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      return space == MAP_FAILED ? errno : 0;
    });
  };
  CHECK(mapped(PROT_READ | PROT_WRITE) == 0);
  CHECK(mapped(PROT_READ | PROT_EXEC) == EPERM);
  CHECK(mapped(PROT_READ | PROT_WRITE | PROT_EXEC) == EPERM);
  CHECK(confined({}, [] {
          auto* space =
              ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          return error_of(::mprotect(space, 4096, PROT_READ | PROT_EXEC));
        }) == EPERM);
}

TEST_CASE("confinement: of calls that do many things only what a scan does") {
  if (!possible().system_calls) {
    MESSAGE("no seccomp here");
    return;
  }
  const auto result = [](const std::function<long()>& call) {
    return confined({}, [&] { return error_of(call()); });
  };
  const rlimit none{0, 0};
  rlimit limit{};
  CHECK(result([&] { return ::getrlimit(RLIMIT_NOFILE, &limit); }) == 0);
  CHECK(result([&] { return ::setrlimit(RLIMIT_CORE, &none); }) == EPERM);
  CHECK(result([&] { return ::prlimit(::getppid(), RLIMIT_NOFILE, nullptr, &limit); }) == EPERM);
  CHECK(result([] { return ::prctl(PR_SET_NAME, "scan", 0, 0, 0); }) == 0);
  CHECK(result([] { return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }) == EPERM);
  CHECK(result([] { return ::ioctl(0, TIOCSTI, "x"); }) == EPERM);
  CHECK(result([] { return ::fcntl(0, F_GETFL); }) == 0);
  CHECK(result([] { return ::fcntl(0, F_SETOWN, ::getppid()); }) == EPERM);
  CHECK(result([] { return ::syscall(SYS_tgkill, ::getpid(), ::gettid(), 0); }) == 0);
  CHECK(result([] { return ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0); }) == EPERM);
  CHECK(result([] { return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); }) == EPERM);
}

TEST_CASE("confinement: says what is in force") {
  CHECK(Confinement{true, 4, true, ""}.to_string() ==
        "confined: no new privileges, files (Landlock 4), system calls");
  CHECK(Confinement{true, 4, true, "", {true, ""}}.to_string() ==
        "confined: no capabilities, no new privileges, files (Landlock 4), system calls");
  CHECK(Confinement{true, 4, true, "", {true, "/home/a/out"}}.to_string() ==
        "confined: no capability but CAP_DAC_OVERRIDE (for /home/a/out), no new privileges, files "
        "(Landlock 4), system calls");
  CHECK(Confinement{true, 0, true, "files (Landlock: Function not implemented)"}.to_string() ==
        "confined: no new privileges, system calls; not in force: files (Landlock: Function not "
        "implemented)");
  CHECK(Confinement{true, 4, true, "", {}, true}.to_string() ==
        "confined: no new privileges, files (Landlock 4), system calls (but Unix sockets)");
  CHECK(Confinement{true, 4, true, "", {}, false, 2}.to_string() ==
        "confined: no new privileges, files (Landlock 4), 2 TCP ports, system calls");
  CHECK(Confinement{false, 0, false, "--no-sandbox"}.to_string() == "not confined: --no-sandbox");
}
