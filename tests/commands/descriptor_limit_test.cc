#include "commands/descriptor_limit.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace fleetscan::commands {
namespace {

/// What `ask`, a number below 256, is in a process with these limits on descriptors.
std::size_t with_limits(rlim_t soft, rlim_t hard, const std::function<std::size_t()>& ask) {
  const auto child = ::fork();
  if (child == 0) {
    const rlimit limit{soft, hard};
    ::_exit(::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<int>(ask()) : 255);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return static_cast<std::size_t>(WEXITSTATUS(status));
}

TEST_CASE("descriptor_limit: as many connections as the hard limit has room for, at least one") {
  const struct {
    rlim_t soft, hard;
    std::size_t wanted, possible;
  } cases[] = {
      {200, 200, 136, 136}, {200, 200, 137, 136}, {200, 200, 5000, 136},
      {70, 200, 136, 136},  // the soft limit is raised
      {70, 200, 5000, 136}, {100, 100, 5000, 50}, {1, 1, 5000, 1},
  };
  for (const auto& [soft, hard, wanted, possible] : cases) {
    CAPTURE(soft);
    CAPTURE(wanted);
    CHECK(with_limits(soft, hard, [&] { return make_room_for_connections(wanted); }) == possible);
  }
}

TEST_CASE("descriptor_limit: the soft limit is raised as far as needed, and never lowered") {
  const auto soft_after = [](std::size_t wanted) -> std::size_t {
    static_cast<void>(make_room_for_connections(wanted));
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  };
  CHECK(with_limits(70, 240, [&] { return soft_after(100); }) == descriptors_needed(100));
  CHECK(with_limits(70, 240, [&] { return soft_after(5000); }) == 240);
  CHECK(with_limits(200, 240, [&] { return soft_after(1); }) == 200);
}

TEST_CASE("descriptor_limit: the hard limit is what is allowed") {
  CHECK(with_limits(70, 240, descriptors_allowed) == 240);
}

}  // namespace
}  // namespace fleetscan::commands
