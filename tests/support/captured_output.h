#pragma once
// What code under test writes to standard output and standard error.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

namespace fleetscan::test {

/// Sends one of this process's descriptors to an unnamed file while it lives. An assertion that
/// fails meanwhile would be written there: assert afterwards.
class Redirected {
 public:
  explicit Redirected(int descriptor)
      : descriptor_(descriptor),
        file_(::open(std::filesystem::temp_directory_path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC,
                     0600)),
        before_(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3)) {
    flush();
    if (file_ < 0 || before_ < 0 || ::dup2(file_, descriptor_) < 0)
      throw std::system_error(errno, std::generic_category(), "cannot redirect");
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    flush();
    ::dup2(before_, descriptor_);
    ::close(before_);
    ::close(file_);
  }

  /// All that was written so far.
  [[nodiscard]] std::string text() const {
    flush();
    std::string text(static_cast<std::size_t>(::lseek(file_, 0, SEEK_END)), '\0');
    text.resize(static_cast<std::size_t>(::pread(file_, text.data(), text.size(), 0)));
    return text;
  }

 private:
  static void flush() {
    std::cout.flush();
    std::fflush(stdout);
    std::fflush(stderr);
  }

  int descriptor_;
  int file_;
  int before_;  ///< a copy of what the descriptor was
};

/// How a command ended and what it said.
struct Ended {
  int status = 0;
  std::string out;
  std::string err;
};

/// @param command  returns an exit status
template <typename Command>
[[nodiscard]] Ended ended(const Command& command) {
  const Redirected out(STDOUT_FILENO), err(STDERR_FILENO);
  const int status = command();
  return {status, out.text(), err.text()};
}

/// What `action` writes to standard error.
template <typename Action>
[[nodiscard]] std::string said_by(const Action& action) {
  const Redirected err(STDERR_FILENO);
  action();
  return err.text();
}

}  // namespace fleetscan::test
