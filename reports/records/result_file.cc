#include "reports/records/result_file.h"

#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "reports/records/result_reader.h"

namespace fleetscan::records {

std::vector<std::string> read_result_file(const std::string& path,
                                          ResultReader::OnRecord on_record) {
  const auto close = [](gzFile file) { gzclose_r(file); };
  const std::unique_ptr<gzFile_s, decltype(close)> file(
      path == "-" ? gzdopen(0, "rb") : gzopen(path.c_str(), "rb"), close);
  const auto fail = [&](int error, const std::string& why) {
    throw std::system_error(error, std::generic_category(), why + ' ' + printable(path));
  };
  if (!file) fail(errno, "cannot read");

  ResultReader reader(std::move(on_record));
  std::vector<char> block(1 << 18);
  while (true) {
    const int count = gzread(file.get(), block.data(), static_cast<unsigned>(block.size()));
    if (count < 0) fail(errno != 0 ? errno : EIO, "cannot read");
    if (count == 0) break;
    reader.feed({block.data(), static_cast<std::size_t>(count)});
  }
  std::vector<std::string> complaints;
  for (const auto& [line, message] : reader.finish())
    complaints.push_back(printable(path) + ':' + std::to_string(line) + ": " + message);
  return complaints;
}

}  // namespace fleetscan::records
