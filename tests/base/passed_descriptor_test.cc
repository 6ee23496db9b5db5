#include "base/passed_descriptor.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

using namespace fleetscan;

namespace {

std::pair<FileDescriptor, FileDescriptor> sockets() {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

TEST_CASE("PassedDescriptor: comes with its words, one message at a time") {
  auto [here, there] = sockets();
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const FileDescriptor reading(ends[0]);
  CHECK(pass(here.number(), {FileDescriptor(ends[1]), "a pipe"}));
  CHECK(pass(here.number(), {{}, "nothing"}));
  const auto first = receive_passed(there.number());
  REQUIRE(first);
  CHECK(first->words == "a pipe");
  REQUIRE(first->descriptor);
  CHECK(write(first->descriptor.number(), "x", 1) == 1);
  char byte = 0;
  CHECK(read(reading.number(), &byte, 1) == 1);
  const auto second = receive_passed(there.number());
  REQUIRE(second);
  CHECK(second->words == "nothing");
  CHECK_FALSE(second->descriptor);
}

TEST_CASE("PassedDescriptor: nothing yet is told from never") {
  auto [here, there] = sockets();
  CHECK_FALSE(receive_passed(there.number()));
  CHECK(errno == EAGAIN);
  here.close();
  CHECK_FALSE(receive_passed(there.number()));
  CHECK(errno == 0);
  CHECK_FALSE(pass(there.number(), {{}, "anybody"}));
}

TEST_CASE("PassedDescriptor: long words are cut") {
  auto [here, there] = sockets();
  CHECK(pass(here.number(), {{}, std::string(PassedDescriptor::kMaxWords + 1, 'x')}));
  const auto passed = receive_passed(there.number());
  REQUIRE(passed);
  CHECK(passed->words.size() == PassedDescriptor::kMaxWords);
}
