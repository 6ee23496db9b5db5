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

#include "base/clock.h"
#include "base/escape.h"
#include "base/wall_time.h"

namespace fleetscan {
namespace {

constexpr std::size_t kMaxHolderBytes = 500;

}  // namespace

LockFile::LockFile(const std::string& path, const std::string& what) {
  const auto fail = [&](const char* attempted) {
    throw std::system_error(errno, std::generic_category(),
                            std::string(attempted) + ' ' + printable(path));
  };
  file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file_) fail("cannot open the lock file");
  held_ = ::flock(file_.number(), LOCK_EX | LOCK_NB) == 0;
  if (!held_ && errno != EWOULDBLOCK) fail("cannot lock");
  if (!held_) {
    std::array<char, kMaxHolderBytes> text{};
    const auto size = ::pread(file_.number(), text.data(), text.size(), 0);
    std::string_view line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    holder_ = printable(line.substr(0, line.find('\n')));
    if (holder_.empty()) holder_ = "another process";
    return;
  }
  auto line = "pid " + std::to_string(::getpid()) + ", since " + to_rfc3339(wall_now()) +
              ", scanning " + printable(what);
  line.resize(std::min(line.size(), kMaxHolderBytes - 1));
  line += '\n';
  if (::ftruncate(file_.number(), 0) != 0 ||
      ::pwrite(file_.number(), line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()))
    fail("cannot write to the lock file");
}

LockFile::~LockFile() {
  if (held_ && ::ftruncate(file_.number(), 0) != 0) held_ = false;  // stale words would harm no one
}

}  // namespace fleetscan
