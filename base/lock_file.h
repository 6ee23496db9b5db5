#pragma once
// LockFile: an advisory lock that allows one scan at a time. It vanishes with its process, however
// that ends.

#include <chrono>
#include <string>

#include "base/file_descriptor.h"

namespace fleetscan {

/// @throws std::system_error when the file cannot be made or locked for another reason.
class LockFile {
 public:
  /// Takes the lock, and writes down who has it, unless the file holds something else. Follows no
  /// symbolic link.
  /// @param what  is being done
  /// @param patience  how long to wait for another process to give it up
  LockFile(const std::string& path, const std::string& what, std::chrono::milliseconds patience);
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

  [[nodiscard]] bool held() const { return held_; }
  /// Who has it otherwise: "pid 4711, since 2026-11-20T02:15:00.000Z, scanning hosts.txt".
  [[nodiscard]] const std::string& holder() const { return holder_; }

 private:
  [[nodiscard]] std::string first_line() const;

  FileDescriptor file_;
  bool held_ = false;
  bool ours_ = false;  ///< the file is empty, or says who has the lock
  std::string holder_;
};

}  // namespace fleetscan
