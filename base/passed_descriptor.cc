#include "base/passed_descriptor.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>

#include "base/file_descriptor.h"

namespace fleetscan {
namespace {

/// Room for one descriptor beside a message's words.
struct alignas(cmsghdr) Room {
  std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

msghdr message_of(iovec& words, Room& room) {
  msghdr message{};
  message.msg_iov = &words;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes.data();
  message.msg_controllen = room.bytes.size();
  return message;
}

FileDescriptor descriptor_in(msghdr& message) {
  const auto* head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
      head->cmsg_len != CMSG_LEN(sizeof(int)))
    return {};
  int number = -1;
  std::memcpy(&number, CMSG_DATA(head), sizeof number);
  return FileDescriptor(number);
}

}  // namespace

bool pass(int socket, const PassedDescriptor& passed) {
  auto text = passed.words.substr(0, PassedDescriptor::kMaxWords);
  iovec words{text.data(), text.size()};
  Room room;
  auto message = message_of(words, room);
  if (passed.descriptor) {
    const int number = passed.descriptor.number();
    auto* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof number);
    std::memcpy(CMSG_DATA(head), &number, sizeof number);
  } else {
    message.msg_control = nullptr;
    message.msg_controllen = 0;
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0;
}

std::optional<PassedDescriptor> receive_passed(int socket) {
  std::array<char, PassedDescriptor::kMaxWords> space;
  iovec words{space.data(), space.size()};
  Room room;
  auto message = message_of(words, room);
  const auto count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count == 0) errno = 0;
  if (count <= 0) return std::nullopt;
  return PassedDescriptor{descriptor_in(message),
                          std::string(space.data(), static_cast<std::size_t>(count))};
}

}  // namespace fleetscan
