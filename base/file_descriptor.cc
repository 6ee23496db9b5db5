#include "base/file_descriptor.h"

#include <unistd.h>

namespace fleetscan {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this == &other) return *this;
  close();
  number_ = other.release();
  return *this;
}

bool FileDescriptor::close() {
  const int number = release();
  return number < 0 || ::close(number) == 0;
}

}  // namespace fleetscan
