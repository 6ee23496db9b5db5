#pragma once
// An owned file descriptor.

#include <utility>

namespace fleetscan {

/// Closes its descriptor with the object. Negative numbers stand for none, as the system's calls
/// return them.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

  /// @return false where the system reports an error, in errno; the descriptor is gone all the same
  bool close();
  /// Gives up the ownership.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace fleetscan
