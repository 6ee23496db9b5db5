#include "reports/records/result_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/compressed_input.h"
#include "base/escape.h"
#include "base/file_descriptor.h"
#include "reports/records/result_reader.h"

namespace fleetscan::records {
namespace {

bool is_regular(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

ResultFile::ResultFile(const std::string& path, Reads reads)
    : name_(printable(path)),
      file_(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      error_(file_ ? 0 : errno),
      copies_(reads == Reads::often && (path == "-" || !is_regular(file_.number()))) {}

void ResultFile::check(bool good, const char* attempted) const {
  if (!good)
    throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                            attempted + (' ' + name_));
}

std::vector<std::string> ResultFile::read(ResultReader::OnRecord on_record) {
  errno = error_;
  check(static_cast<bool>(file_), "cannot read");
  if (copies_ && !copy_) {
    copy_.reset(std::tmpfile());
    check(copy_ != nullptr, "no temporary file for");
  }
  const int from = copied_ ? ::fileno(copy_.get()) : file_.number();
  if (copied_ || std::exchange(read_, true)) check(::lseek(from, 0, SEEK_SET) == 0, "cannot read");
  CompressedInput input(FileDescriptor(::dup(from)), name_);
  ResultReader reader(std::move(on_record));
  while (!reader.gave_up()) {
    const auto block = input.next();
    if (block.empty()) break;
    if (copy_ && !copied_)
      check(std::fwrite(block.data(), 1, block.size(), copy_.get()) == block.size(), "cannot copy");
    reader.feed(block);
  }
  if (copy_ && !copied_) check(std::fflush(copy_.get()) == 0, "cannot copy");
  copied_ = copy_ != nullptr;
  std::vector<std::string> complaints;
  for (const auto& [line, message] : reader.finish())
    complaints.push_back(name_ + ':' + std::to_string(line) + ": " + message);
  return complaints;
}

std::vector<std::string> read_result_file(const std::string& path,
                                          ResultReader::OnRecord on_record) {
  return ResultFile(path, ResultFile::Reads::once).read(std::move(on_record));
}

}  // namespace fleetscan::records
