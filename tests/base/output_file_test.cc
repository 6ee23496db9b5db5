#include "base/output_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "base/lock_file.h"
#include "tests/inventory/support/temporary_files.h"

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

namespace {

namespace fs = std::filesystem;

/// A folder in which "report" is written.
class Folder {
 public:
  [[nodiscard]] std::string report() const { return files_.path() + "/report"; }
  [[nodiscard]] std::string part() const { return part_of(report()); }
  [[nodiscard]] std::string path(const std::string& name) const {
    return files_.path() + '/' + name;
  }
  void write(const std::string& name, const std::string& text) { files_.write(name, text); }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  test::TemporaryFiles files_;
};

}  // namespace

TEST_CASE("ReportFile: two of them cannot write the same file") {
  Folder folder;
  ReportFile first(folder.report());
  first.write("first");
  CHECK(is_being_written(folder.part()));
  CHECK_THROWS_AS(ReportFile(folder.report()), OutputInUse);
  CHECK_THROWS_AS(static_cast<void>(reserve_part(folder.part())), OutputInUse);
  first.commit();
  CHECK(folder.text("report") == "first");
  CHECK_FALSE(is_being_written(folder.part()));
  CHECK_NOTHROW(ReportFile(folder.report()));
}

TEST_CASE("ReportFile: what a killed process left is replaced") {
  Folder folder;
  folder.write("report.part", "torn");
  fs::create_hard_link(folder.part(), folder.path("other"));
  write_report(folder.report(), "whole");
  CHECK(folder.text("report") == "whole");
  CHECK(folder.text("other") == "torn");  // it was not written into
}

TEST_CASE("ReportFile: no link leads it to another file") {
  Folder folder;
  folder.write("precious", "precious");
  fs::create_symlink(folder.path("precious"), folder.part());
  CHECK_THROWS_AS(ReportFile(folder.report()), std::system_error);
  fs::remove(folder.part());
  fs::create_symlink(folder.path("precious"), folder.report());
  write_report(folder.report(), "whole");
  CHECK_FALSE(fs::is_symlink(folder.report()));
  fs::remove(folder.report());
  fs::create_symlink(folder.path("precious"), folder.report());
  CHECK_THROWS_AS(ReportFile(folder.report(), ReportFile::Mode::append), std::system_error);
  CHECK(folder.text("precious") == "precious");
}

TEST_CASE("ReportFile: what is no file is not waited for, and stays") {
  Folder folder;
  REQUIRE(mkfifo(folder.part().c_str(), 0600) == 0);
  CHECK_THROWS_AS(ReportFile(folder.report()), std::system_error);
  CHECK(fs::is_fifo(folder.part()));
  fs::remove(folder.part());
  fs::create_directory(folder.part());
  CHECK_THROWS_AS(ReportFile(folder.report()), std::system_error);
}

TEST_CASE("ReportFile: what is not committed goes, but lines stay, and only whole ones") {
  Folder folder;
  const std::string lines = "one\ntwo\nthr";
  const auto leave = [&](ReportFile::Mode mode, const std::string& text) {
    ReportFile file(folder.report(), mode);
    file.write(text);
    file.flush();
  };
  leave(ReportFile::Mode::replace, lines);
  CHECK_FALSE(fs::exists(folder.part()));
  leave(ReportFile::Mode::lines, "on");
  CHECK_FALSE(fs::exists(folder.part()));
  leave(ReportFile::Mode::lines, lines);
  CHECK(folder.text("report.part") == "one\ntwo\n");
}

TEST_CASE("ReportFile: another's part is neither moved nor removed") {
  Folder folder;
  {
    ReportFile file(folder.report(), ReportFile::Mode::lines);
    file.write("mine\n");
    fs::remove(folder.part());
    folder.write("report.part", "theirs");
    CHECK_THROWS_AS(file.commit(), std::system_error);
  }
  CHECK_FALSE(fs::exists(folder.report()));
  CHECK(folder.text("report.part") == "theirs");
}

TEST_CASE("would_replace: only what an output's part would take the place of") {
  Folder folder;
  folder.write("report.part", "");
  folder.write("report", "");
  CHECK(would_replace(folder.report(), folder.part()));
  CHECK(would_replace(folder.report(), folder.path("./report.part")));
  CHECK_FALSE(would_replace(folder.report(), folder.report()));
  CHECK_FALSE(would_replace(folder.path("other"), folder.part()));
  CHECK_FALSE(would_replace("-", folder.part()));
}

TEST_CASE("LockFile: is waited for, names its holder, and leaves another's words alone") {
  using std::chrono::milliseconds;
  Folder folder;
  const auto path = folder.path("lock");
  {
    std::optional<LockFile> first(std::in_place, path, "hosts.txt", milliseconds{0});
    CHECK(first->held());
    const LockFile second(path, "hosts.txt", milliseconds{100});
    CHECK_FALSE(second.held());
    CHECK(second.holder().starts_with("pid "));
    std::thread ends([&] {
      std::this_thread::sleep_for(milliseconds{100});
      first.reset();
    });
    CHECK(LockFile(path, "hosts.txt", milliseconds{60'000}).held());
    ends.join();
  }
  folder.write("lock", "precious\n");
  CHECK(LockFile(path, "hosts.txt", milliseconds{0}).held());
  CHECK(folder.text("lock") == "precious\n");
  fs::create_symlink(path, folder.path("link"));
  CHECK_THROWS_AS(LockFile(folder.path("link"), "hosts.txt", milliseconds{0}), std::system_error);
}
