#include "commands/sorted_lines.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace fleetscan::commands {
namespace {

void check(bool good, const char* attempted) {
  if (!good) throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), attempted);
}

}  // namespace

SortedLines::SortedLines() : file_(std::tmpfile()) {
  check(file_ != nullptr, "no temporary file for rows");
}

void SortedLines::add(Place place, std::string_view line) {
  check(std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size(),
        "cannot write rows to a temporary file");
  entries_.push_back({std::move(place), end_, static_cast<std::uint32_t>(line.size())});
  end_ += line.size();
}

void SortedLines::visit(
    const std::function<void(const Place& place, std::string_view line)>& visit) {
  constexpr const char* kAttempted = "cannot read rows from a temporary file";
  check(std::fflush(file_.get()) == 0, kAttempted);
  std::ranges::stable_sort(entries_, {}, &Entry::place);
  std::string line;
  for (const auto& [place, offset, length] : entries_) {
    line.resize(length);
    const auto count =
        ::pread(fileno(file_.get()), line.data(), length, static_cast<off_t>(offset));
    check(count == static_cast<ssize_t>(length), kAttempted);
    visit(place, line);
  }
}

}  // namespace fleetscan::commands
