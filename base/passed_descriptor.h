#pragma once
// A file descriptor that one process hands to another, with a few words.

#include <cstddef>
#include <optional>
#include <string>

#include "base/file_descriptor.h"

namespace fleetscan {

struct PassedDescriptor {
  static constexpr std::size_t kMaxWords = 4096;  ///< what is longer is cut

  FileDescriptor descriptor = {};  ///< may be none
  std::string words = {};
};

/// Sends one message. `socket` is a Unix socket that keeps messages apart (SOCK_SEQPACKET).
/// @return false if it did not go, with errno
bool pass(int socket, const PassedDescriptor& passed);

/// Receives one message, without waiting.
/// @return nothing if there is none, or never will be: errno is 0 if the other end is closed
[[nodiscard]] std::optional<PassedDescriptor> receive_passed(int socket);

}  // namespace fleetscan
