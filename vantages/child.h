#pragma once
// A Child is a program that was started with pipes to its standard streams, and that ends with us.

#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"

namespace fleetscan::vantages {

/// Made in two steps: the constructor forks a supervisor, which waits; start() has it run the
/// program. So a process that gives up its own right to start programs in between can still have
/// started what it prepared. The supervisor ends the program, its group and itself when this object
/// goes, or the process that owns it, whatever ends that: SIGTERM first, SIGKILL after
/// kGraceSeconds.
///
/// REQUIRES: this process has one thread. Descriptors do not block.
class Child {
 public:
  static constexpr int kGraceSeconds = 10;

  /// @param words  the program, looked for in PATH, and its arguments
  /// @throws std::system_error if no process or pipe is left
  explicit Child(const std::vector<std::string>& words);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() = default;

  void start();
  [[nodiscard]] bool started() const { return started_; }
  /// Has the program ended, soon; closes its streams.
  void end();
  /// What is written so far is all.
  void close_input() { input_.close(); }
  void close_output() { output_.close(); }
  void close_errors() { errors_.close(); }

  [[nodiscard]] const FileDescriptor& input() const { return input_; }
  [[nodiscard]] const FileDescriptor& output() const { return output_; }
  [[nodiscard]] const FileDescriptor& errors() const { return errors_; }
  /// Readable once the program has ended.
  [[nodiscard]] const FileDescriptor& control() const { return control_; }
  /// How it ended, as a shell tells it: 128 + N for signal N, 127 if it could not be run.
  /// @return nothing if its supervisor is gone without a word
  [[nodiscard]] std::optional<int> status();

 private:
  FileDescriptor input_, output_, errors_, control_;
  bool started_ = false;
};

}  // namespace fleetscan::vantages
