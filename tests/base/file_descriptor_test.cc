#include "base/file_descriptor.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

using fleetscan::FileDescriptor;

namespace {

bool is_open(int number) { return fcntl(number, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("FileDescriptor: closes what it owns, whoever owned it before") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  {
    FileDescriptor first(ends[0]);
    FileDescriptor second(std::move(first));
    CHECK(second.number() == ends[0]);
    CHECK(is_open(ends[0]));
    second = FileDescriptor(ends[1]);
    CHECK_FALSE(is_open(ends[0]));
    CHECK(second.number() == ends[1]);
  }
  CHECK_FALSE(is_open(ends[1]));
}

TEST_CASE("FileDescriptor: lives on when it is released") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  FileDescriptor owner(ends[0]);
  CHECK(owner.release() == ends[0]);
  CHECK_FALSE(owner);
  CHECK(owner.close());  // nothing to do
  CHECK(is_open(ends[0]));
  for (const int end : ends) close(end);
}

TEST_CASE("FileDescriptor: close() reports what the system says") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  FileDescriptor owner(ends[0]);
  for (const int end : ends) close(end);
  CHECK_FALSE(owner.close());
  CHECK(errno == EBADF);
  CHECK_FALSE(owner);
}
