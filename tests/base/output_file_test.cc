#include "base/output_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <thread>

using namespace fleetscan;

namespace {

/// A pipe, and the path under which a report finds its writing end.
struct Pipe {
  Pipe() { REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(ends[0]);
    close_writer();
  }

  void close_writer() {
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
  }
  [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(ends[1]); }
  /// Reads as much as it has, at least one byte and at most `most`; empty at the end.
  [[nodiscard]] std::string take(std::size_t most) const {
    std::string bytes(most, '\0');
    const auto count = read(ends[0], bytes.data(), bytes.size());
    REQUIRE(count >= 0);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }

  std::array<int, 2> ends{};
};

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + '\n';
  return text;
}

}  // namespace

TEST_CASE("ReportFile: a reader who is slow is never waited for before the end") {
  const auto text = numbered_lines(60000);
  Pipe pipe;
  std::optional<ReportFile> file(std::in_place, pipe.path());
  pipe.close_writer();  // the report has an end of its own
  for (std::size_t at = 0; at < text.size(); at += 1000) file->write(text.substr(at, 1000));
  const auto waiting = file->waiting();
  CHECK(waiting > text.size() / 2);  // a pipe holds 64 KiB

  auto read = pipe.take(20000);
  file->flush();
  CHECK(file->waiting() < waiting);

  std::thread reader([&] {
    for (auto bytes = pipe.take(65536); !bytes.empty(); bytes = pipe.take(65536)) read += bytes;
  });
  file->commit();
  CHECK(file->waiting() == 0);
  file.reset();
  reader.join();
  CHECK(read == text);
}
