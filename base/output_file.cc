#include "base/output_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
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

#include "base/escape.h"

namespace fleetscan {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

bool is_regular(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_written_in_place(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

}  // namespace

int ReportFile::descriptor() const { return path_ == "-" ? STDOUT_FILENO : file_.number(); }

void ReportFile::check(bool good, const std::string& attempted) const {
  if (!good)
    throw std::system_error(errno, std::generic_category(), attempted + ' ' + printable(path_));
}

ReportFile::ReportFile(std::string path, Mode mode) : path_(std::move(path)) {
  if (path_ == "-") {
    has_reader_ = !is_regular(descriptor());
    return;
  }
  const bool in_place = mode == Mode::append || is_written_in_place(path_);
  if (!in_place) part_ = path_ + ".part";
  const auto& name = in_place ? path_ : part_;
  const int how = mode == Mode::append ? O_CREAT | O_APPEND : in_place ? 0 : O_CREAT | O_TRUNC;
  file_ = FileDescriptor(::open(name.c_str(), O_WRONLY | O_CLOEXEC | how, 0666));
  check(static_cast<bool>(file_), "cannot create");
  has_reader_ = !is_regular(descriptor());
}

ReportFile::~ReportFile() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

void ReportFile::write(std::string_view bytes) {
  buffer_ += bytes;
  if (waiting() >= kBufferBytes) flush();
}

void ReportFile::flush() {
  if (!has_reader_) return push(waiting());
  // What a pipe takes as one piece it takes at once, if it takes anything.
  while (waiting() > 0 && takes_more()) push(std::min<std::size_t>(waiting(), PIPE_BUF));
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
    pushed_ += static_cast<std::size_t>(written);
  }
  if (pushed_ < buffer_.size() && pushed_ < kBufferBytes) return;
  buffer_.erase(0, pushed_);
  pushed_ = 0;
}

void ReportFile::commit() {
  push(waiting());
  if (part_.empty()) return;
  check(::fsync(descriptor()) == 0, "cannot store");
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
