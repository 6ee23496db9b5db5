#include "base/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "base/escape.h"
#include "base/wall_time.h"

namespace fleetscan {
namespace {

constexpr std::size_t kMaxHolderBytes = 500;

std::string started_now() {
  return to_rfc3339(
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

}  // namespace

LockFile::LockFile(const std::string& path, const std::string& what) {
  const auto fail = [&](const char* attempted) {
    throw std::system_error(errno, std::generic_category(),
                            std::string(attempted) + ' ' + printable(path));
  };
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) fail("cannot open the lock file");
  held_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
  if (!held_ && errno != EWOULDBLOCK) fail("cannot lock");
  if (!held_) {
    std::array<char, kMaxHolderBytes> text{};
    const auto size = ::pread(fd_, text.data(), text.size(), 0);
    std::string_view line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    holder_ = printable(line.substr(0, line.find('\n')));
    if (holder_.empty()) holder_ = "another process";
    return;
  }
  auto line = "pid " + std::to_string(::getpid()) + ", since " + started_now() + ", scanning " +
              printable(what);
  line.resize(std::min(line.size(), kMaxHolderBytes - 1));
  line += '\n';
  if (::ftruncate(fd_, 0) != 0 ||
      ::pwrite(fd_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()))
    fail("cannot write to the lock file");
}

LockFile::~LockFile() {
  if (fd_ < 0) return;
  if (held_ && ::ftruncate(fd_, 0) != 0) held_ = false;  // stale words would harm no one
  ::close(fd_);
}

}  // namespace fleetscan
