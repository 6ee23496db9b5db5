#pragma once
// CompressedInput reads a file that may be compressed.

#include <string>
#include <string_view>

#include "base/compression.h"
#include "base/file_descriptor.h"

namespace fleetscan {

class CompressedInput {
 public:
  /// @param file  open for reading
  /// @param name  printable: what messages call it
  CompressedInput(FileDescriptor file, std::string name);

  /// What comes next, valid until the next call; empty at the end.
  /// @throws std::system_error when the file cannot be read, or is damaged
  [[nodiscard]] std::string_view next();

  /// Whether it is not compressed, as far as the first bytes tell.
  /// REQUIRES: next() has given some
  [[nodiscard]] bool plain() const { return decompressor_.plain(); }

 private:
  FileDescriptor file_;
  std::string name_;
  Decompressor decompressor_;
  std::string raw_;
};

}  // namespace fleetscan
