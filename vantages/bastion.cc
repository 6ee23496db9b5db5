#include "vantages/bastion.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "base/passed_descriptor.h"
#include "vantages/child.h"

namespace fleetscan::vantages {
namespace {

constexpr std::chrono::seconds kMostToLogIn{60};
constexpr int kPollMillis = 20;
constexpr std::size_t kMaxErrorBytes = 4096;  // of ssh's standard error, the last ones
constexpr const char* kAnother = "another";
constexpr const char* kDrop = "drop";
constexpr int kOwner = 3;  // of the keeper

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// From here on, what runs in the keeper: a process of its own, which has no other task.

/// A folder that only this user can enter, removed with the object.
class PrivateFolder {
 public:
  PrivateFolder() : path_(std::filesystem::temp_directory_path() / "fleetscan-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(),
                              "cannot make a folder for ssh's socket");
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string socket() const { return path_ + "/ssh"; }

 private:
  std::string path_;
};

/// @return nothing while nobody listens there
std::optional<FileDescriptor> connected_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  path.copy(static_cast<char*>(address.sun_path), path.size());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket ||
      ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::nullopt;
  ::fcntl(socket.number(), F_SETFL, ::fcntl(socket.number(), F_GETFL) | O_NONBLOCK);
  return socket;
}

/// ssh, and what it says.
class SharingSsh {
 public:
  SharingSsh(const BastionLogin& login, const std::string& socket)
      : child_(sharing_ssh(login.ssh, login.user, login.host, login.port, socket)) {
    child_.start();
    child_.close_input();
  }

  [[nodiscard]] bool has_ended() const {
    pollfd ending{child_.control().number(), POLLIN, 0};
    return ::poll(&ending, 1, 0) > 0;
  }
  /// Takes in what it says, so that it never waits for us.
  void listen() {
    std::array<char, 4096> space;
    while (child_.errors()) {
      const auto count = ::read(child_.errors().number(), space.data(), space.size());
      if (count < 0 && would_block()) return;
      if (count <= 0) return child_.close_errors();
      said_.append(space.data(), static_cast<std::size_t>(count));
      if (said_.size() > kMaxErrorBytes) said_.erase(0, said_.size() - kMaxErrorBytes);
    }
  }
  /// The last line that it wrote.
  [[nodiscard]] std::string last_words() const {
    std::string_view text = said_;
    while (!text.empty() && std::string_view(" \t\r\n.").find(text.back()) != text.npos)
      text.remove_suffix(1);
    return std::string(text.substr(text.rfind('\n') + 1));
  }
  [[nodiscard]] const FileDescriptor& errors() const { return child_.errors(); }

 private:
  Child child_;
  std::string said_;
};

class Keeper {
 public:
  explicit Keeper(BastionLogin login) : login_(std::move(login)) {}

  void run() {
    while (true) {
      std::vector<pollfd> polled{{kOwner, POLLIN, 0}};
      for (const auto& ssh : running_)
        if (ssh.errors()) polled.push_back({ssh.errors().number(), POLLIN, 0});
      static_cast<void>(::poll(polled.data(), polled.size(), -1));
      for (auto& ssh : running_) ssh.listen();
      if (polled[0].revents == 0) continue;
      const auto asked = receive_passed(kOwner);
      if (!asked && would_block()) continue;
      if (!asked) return;
      if (asked->words == kDrop && !running_.empty()) running_.pop_front();
      if (asked->words == kAnother && !pass(kOwner, make())) return;
    }
  }

 private:
  PassedDescriptor make() try {
    const PrivateFolder folder;
    auto& ssh = running_.emplace_back(login_, folder.socket());
    const auto end = steady_now() + kMostToLogIn;
    while (steady_now() < end && !abandoned()) {
      ssh.listen();
      if (auto connection = connected_to(folder.socket()))
        return {std::move(*connection), "connected"};
      if (ssh.has_ended()) break;
    }
    const bool ended = ssh.has_ended();
    ssh.listen();
    auto words = ssh.last_words();
    running_.pop_back();
    if (words.empty()) words = ended ? "ssh ended without a word" : "no answer within a minute";
    return {{}, words};
  } catch (const std::exception& error) {
    return {{}, error.what()};
  }

  /// Whether the owner is gone, after a while.
  static bool abandoned() {
    pollfd owner{kOwner, POLLRDHUP, 0};
    return ::poll(&owner, 1, kPollMillis) > 0 && (owner.revents & ~POLLIN) != 0;
  }

  BastionLogin login_;
  std::list<SharingSsh> running_;  ///< oldest first
};

[[noreturn]] void keep(BastionLogin login, const FileDescriptor& owner) {
  ::setsid();  // the terminal's signals are for the owner
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1}) ::signal(number, SIG_IGN);
  const int kept = ::fcntl(owner.number(), F_DUPFD, 64);
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  ::dup2(kept, kOwner);
  ::close_range(kOwner + 1, ~0U, 0);
  ::fcntl(kOwner, F_SETFD, FD_CLOEXEC);
  try {
    Keeper(std::move(login)).run();
  } catch (const std::exception&) {
    std::_Exit(1);
  }
  std::_Exit(0);
}

}  // namespace

std::vector<std::string> sharing_ssh(const std::vector<std::string>& ssh, const std::string& user,
                                     const std::string& host, unsigned port,
                                     const std::string& socket) {
  auto words = ssh;
  for (const auto* option :
       {"BatchMode=yes", "ServerAliveInterval=15", "ServerAliveCountMax=4", "ControlMaster=yes",
        "ControlPersist=no", "ClearAllForwardings=yes", "PermitLocalCommand=no", "ForwardAgent=no",
        "ForwardX11=no", "Tunnel=no"}) {
    words.emplace_back("-o");
    words.emplace_back(option);
  }
  std::string path;  // ssh expands a percent sign
  for (const char c : socket) path += c == '%' ? "%%" : std::string(1, c);
  for (const auto& word : {std::string("-S"), path, std::string("-N"), std::string("-T")})
    words.push_back(word);
  if (port != 0) {
    words.emplace_back("-p");
    words.push_back(std::to_string(port));
  }
  words.emplace_back("--");
  words.push_back(user.empty() ? host : user + '@' + host);
  return words;
}

Bastion::Bastion(BastionLogin login) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "no socket for a bastion");
  FileDescriptor ours(ends[0]), theirs(ends[1]);
  std::fflush(nullptr);
  const auto process = ::fork();
  if (process < 0)
    throw std::system_error(errno, std::generic_category(), "no process for a bastion");
  if (process == 0) keep(std::move(login), theirs);
  keeper_ = std::move(ours);
}

std::variant<FileDescriptor, std::string> Bastion::connect() {
  std::optional<PassedDescriptor> passed;
  bool waits = pass(keeper_.number(), {{}, kAnother});
  while (waits) {
    pollfd answer{keeper_.number(), POLLIN, 0};
    static_cast<void>(::poll(&answer, 1, -1));
    passed = receive_passed(keeper_.number());
    waits = !passed && would_block();
  }
  if (!passed) return std::string("the process that was to start ssh is gone");
  if (!passed->descriptor) return std::move(passed->words);
  return std::move(passed->descriptor);
}

}  // namespace fleetscan::vantages
