#include "reports/records/result_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "reports/records/result_reader.h"

namespace fleetscan::records {
namespace {

constexpr unsigned kBlockBytes = 1U << 18U;

struct CloseStream {
  void operator()(gzFile_s* file) const { gzclose_r(file); }
};

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
  const std::unique_ptr<gzFile_s, CloseStream> stream(gzdopen(::dup(from), "rb"));
  check(stream != nullptr, "cannot read");

  ResultReader reader(std::move(on_record));
  std::string block(kBlockBytes, '\0');
  while (!reader.gave_up()) {
    const int count = gzread(stream.get(), block.data(), kBlockBytes);
    check(count >= 0, "cannot read");
    if (count == 0) break;
    const auto size = static_cast<std::size_t>(count);
    if (copy_ && !copied_)
      check(std::fwrite(block.data(), 1, size, copy_.get()) == size, "cannot copy");
    reader.feed({block.data(), size});
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
