#include "base/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file_descriptor.h"
#include "base/wall_time.h"

namespace fleetscan {
namespace {

constexpr std::size_t kMaxHolderBytes = 500;
constexpr std::string_view kHolder = "pid ";
constexpr std::chrono::milliseconds kBetweenTries{50};

FileDescriptor open_file(const std::string& path) {
  constexpr int kHow = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  FileDescriptor made(::open(path.c_str(), kHow | O_CREAT | O_EXCL, 0666));
  if (made || errno != EEXIST) return made;
  return FileDescriptor(::open(path.c_str(), kHow));
}

/// @return whether it could be locked before `patience` was over; otherwise why not, in errno
bool lock_within(int file, std::chrono::milliseconds patience) {
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK || patience <= std::chrono::milliseconds{0}) return false;
    std::this_thread::sleep_for(kBetweenTries);
    patience -= kBetweenTries;
  }
  return true;
}

}  // namespace

LockFile::LockFile(const std::string& path, const std::string& what,
                   std::chrono::milliseconds patience) {
  const auto fail = [&](const char* attempted) {
    throw std::system_error(errno, std::generic_category(),
                            std::string(attempted) + ' ' + printable(path));
  };
  file_ = open_file(path);
  if (!file_) fail("cannot open the lock file");
  held_ = lock_within(file_.number(), patience);
  if (!held_ && errno != EWOULDBLOCK) fail("cannot lock");
  const auto holder = first_line();
  ours_ = holder.empty() || holder.starts_with(kHolder);
  if (!held_) {
    holder_ = holder.empty() ? "another process" : printable(holder);
    return;
  }
  if (!ours_) return;
  auto line = std::string(kHolder) + std::to_string(::getpid()) + ", since " +
              to_rfc3339(wall_now()) + ", scanning " + printable(what);
  line.resize(std::min(line.size(), kMaxHolderBytes - 1));
  line += '\n';
  if (::ftruncate(file_.number(), 0) != 0 ||
      ::pwrite(file_.number(), line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()))
    fail("cannot write to the lock file");
}

LockFile::~LockFile() {
  const bool empty = !held_ || !ours_ || ::ftruncate(file_.number(), 0) == 0;
  held_ = held_ && !empty;  // stale words would harm no one
}

std::string LockFile::first_line() const {
  std::array<char, kMaxHolderBytes> text{};
  const auto size = ::pread(file_.number(), text.data(), text.size(), 0);
  const std::string_view line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return std::string(line.substr(0, line.find('\n')));
}

}  // namespace fleetscan
