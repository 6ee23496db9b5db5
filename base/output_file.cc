#include "base/output_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/compression.h"
#include "base/escape.h"
#include "base/file_descriptor.h"

namespace fleetscan {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::size_t kPlainBytes = 256 * 1024;  // that are compressed together

bool is_regular(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_system_path(const std::string& path) {
  return path.starts_with("/dev/") || path.starts_with("/proc/");
}

/// Whether a link at the end of this path is one that only a stranger can have put there.
int not_through_links(const std::string& path) { return is_system_path(path) ? 0 : O_NOFOLLOW; }

/// A pipe or a device is, and what the system's own links lead to (/dev/stdout).
bool is_written_in_place(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return false;
  return S_ISLNK(status.st_mode) ? is_system_path(path) : !S_ISREG(status.st_mode);
}

bool is_same_file(int descriptor, const std::string& path) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

FileDescriptor open_leftover(const std::string& part) {
  return FileDescriptor(
      ::open(part.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));  // a FIFO: no wait
}

/// Whether another process holds the lock; a file system without locks says no.
bool is_locked(const FileDescriptor& file) {
  return ::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

[[noreturn]] void refuse_in_use(const std::string& part) {
  throw OutputInUse(EBUSY, std::generic_category(),
                    "another process is writing " + printable(part));
}

}  // namespace

bool reader_is_gone(int descriptor) {
  pollfd reader{descriptor, 0, 0};
  return ::poll(&reader, 1, 0) > 0 && (reader.revents & (POLLERR | POLLHUP)) != 0;
}

std::string part_of(const std::string& path) { return path + ".part"; }

bool is_being_written(const std::string& part) {
  const auto file = open_leftover(part);
  return file && is_locked(file);
}

bool would_replace(const std::string& output, const std::string& input) {
  std::error_code missing;
  return output != "-" && std::filesystem::equivalent(part_of(output), input, missing);
}

FileDescriptor reserve_part(const std::string& part) {
  auto file = open_leftover(part);
  if (file && is_locked(file)) refuse_in_use(part);
  return file;
}

int ReportFile::descriptor() const { return path_ == "-" ? STDOUT_FILENO : file_.number(); }

bool ReportFile::stays() const { return mode_ == Mode::lines && !part_.empty() && whole_ > 0; }

void ReportFile::check(bool good, const std::string& attempted) const {
  if (good) return;
  const auto error = errno;
  auto what = attempted + ' ' + printable(path_);
  if (stays()) what += " (what was written stays in " + printable(part_) + ')';
  throw std::system_error(error, std::generic_category(), what);
}

ReportFile::ReportFile(std::string path, Mode mode)
    : path_(std::move(path)), mode_(mode), compression_(compression_by_name(path_)) {
  if (mode_ == Mode::append)
    open_in_place(O_CREAT);
  else if (path_ != "-")
    is_written_in_place(path_) ? open_in_place(0) : open_part();
  has_reader_ = !is_regular(descriptor());
}

void ReportFile::open_in_place(int how) {
  how |= O_WRONLY | O_APPEND | O_CLOEXEC | not_through_links(path_);
  file_ = FileDescriptor(::open(path_.c_str(), how, 0666));
  check(static_cast<bool>(file_), "cannot create");
}

void ReportFile::open_part() {
  const auto part = part_of(path_);
  const auto create = [&] {
    file_ = FileDescriptor(
        ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    return static_cast<bool>(file_);
  };
  if (!create() && errno == EEXIST) {
    remove_leftover();
    if (!create() && errno == EEXIST) refuse_in_use(part);
  }
  check(static_cast<bool>(file_), "cannot create");
  // Another process may have taken it for a leftover before it was locked.
  if (is_locked(file_) || !is_same_file(file_.number(), part)) refuse_in_use(part);
  part_ = part;
}

void ReportFile::remove_leftover() const {
  const auto part = part_of(path_);
  const auto leftover = open_leftover(part);
  if (!leftover && errno == ENOENT) return;
  if (!leftover && errno == EACCES) check(false, "cannot replace the unfinished");
  errno = EEXIST;
  check(leftover && is_regular(leftover.number()),
        "something else lies in the place of the part of");
  if (is_locked(leftover)) refuse_in_use(part);
  if (is_same_file(leftover.number(), part)) ::unlink(part.c_str());
}

ReportFile::~ReportFile() {
  if (part_.empty()) return;
  if (!stays()) {
    if (!file_ || is_same_file(descriptor(), part_)) ::unlink(part_.c_str());
  } else if (file_ && ::ftruncate(file_.number(), static_cast<off_t>(whole_)) != 0) {
    whole_ = 0;  // whoever reads it passes over a torn line
  }
}

void ReportFile::write(std::string_view bytes) {
  (compression_ == Compression::none ? buffer_ : plain_) += bytes;
  if (plain_.size() >= kPlainBytes) compress();
  if (unpushed() >= kBufferBytes) push_what_can_be();
}

void ReportFile::compress() {
  if (!plain_.empty()) buffer_ += compressed(std::exchange(plain_, {}), compression_);
}

void ReportFile::flush() {
  compress();
  push_what_can_be();
}

void ReportFile::push_what_can_be() {
  if (!has_reader_) return push(unpushed());
  // What a pipe takes as one piece it takes at once, if it takes anything.
  while (unpushed() > 0 && takes_more()) push(std::min<std::size_t>(unpushed(), PIPE_BUF));
}

bool ReportFile::takes_more() const {
  pollfd reader{descriptor(), POLLOUT, 0};
  return ::poll(&reader, 1, 0) > 0;
}

/// Writes that many bytes, however long it takes.
void ReportFile::push(std::size_t bytes) {
  for (const auto end = pushed_ + bytes; pushed_ < end;) {
    const auto written = ::write(descriptor(), buffer_.data() + pushed_, end - pushed_);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {  // whoever started us has made it non-blocking
      pollfd reader{descriptor(), POLLOUT, 0};
      ::poll(&reader, 1, -1);
      continue;
    }
    check(written >= 0, "cannot write");
    note_written({buffer_.data() + pushed_, static_cast<std::size_t>(written)});
    pushed_ += static_cast<std::size_t>(written);
  }
  if (pushed_ < buffer_.size() && pushed_ < kBufferBytes) return;
  buffer_.erase(0, pushed_);
  pushed_ = 0;
}

void ReportFile::note_written(std::string_view bytes) {
  written_ += bytes.size();
  if (compression_ != Compression::none) {
    if (bytes.size() == unpushed()) whole_ = written_;  // the end of a block
    return;
  }
  const auto feed = bytes.rfind('\n');
  if (feed != bytes.npos) whole_ = written_ - bytes.size() + feed + 1;
}

void ReportFile::commit() {
  compress();
  push(unpushed());
  if (file_ && !has_reader_) check(::fsync(descriptor()) == 0, "cannot store");
  if (part_.empty()) return;
  errno = ENOENT;
  check(is_same_file(descriptor(), part_), "someone has taken away the unfinished");
  check(file_.close(), "cannot store");
  check(::rename(part_.c_str(), path_.c_str()) == 0, "cannot replace");
  part_.clear();
  make_rename_durable();
}

void ReportFile::make_rename_durable() const {
  const auto folder = std::filesystem::path(path_).parent_path();
  const FileDescriptor opened(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  check(static_cast<bool>(opened), "cannot open the folder of");
  const bool stored =
      ::fsync(opened.number()) == 0 || errno == EINVAL;  // not every file system can
  check(stored, "cannot store the folder of");
}

void write_report(const std::string& path, std::string_view bytes) {
  ReportFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace fleetscan
