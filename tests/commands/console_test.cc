#include "commands/console.h"

#include <doctest/doctest.h>

#include "base/exit_status.h"
#include "commands/usage.h"
#include "tests/support/captured_output.h"

namespace fleetscan::commands {
namespace {

TEST_CASE("console: every line on standard error begins with the program's name") {
  CHECK(test::said_by([] { say("no route"); }) == "fleetscan: no route\n");
}

TEST_CASE("console: input errors are listed with their places, and those not kept are counted") {
  InputErrors errors;
  errors.add({"hosts.txt", 12, 5, "10.0.0.0/33", "prefix length must be 0 to 32"});
  errors.add({"hosts.txt", 13, 0, "\x1b[31m", "no such host"});
  CHECK(test::said_by([&] { say(errors); }) ==
        "fleetscan: hosts.txt:12:5: \"10.0.0.0/33\": prefix length must be 0 to 32\n"
        "fleetscan: hosts.txt:13: \"\\x1b[31m\": no such host\n");
  for (std::size_t i = 0; i < InputErrors::kMaxKept + 1234; ++i) errors.add({.remedy = "fix it"});
  CHECK(test::said_by([&] { say(errors); }).ends_with("fleetscan: ... and 1,236 more\n"));
}

TEST_CASE("console: help goes to standard output, a usage error to standard error") {
  const auto help = test::ended([] { return answer({0, "usage\n"}); });
  CHECK(help.status == 0);
  CHECK(help.out == "usage\n");
  CHECK(help.err.empty());
  const auto wrong =
      test::ended([] { return answer(usage_error("fleetscan merge", "no such file")); });
  CHECK(wrong.status == kExitUsage);
  CHECK(wrong.out.empty());
  CHECK(wrong.err == "fleetscan: no such file\nTry: fleetscan merge --help\n");
}

TEST_CASE("console: every output that could not be written is named, with status 4") {
  const auto left = test::ended([] {
    return leave_unwritten({"cannot write a", "cannot write b"});
  });
  CHECK(left.status == 4);
  CHECK(left.err == "fleetscan: cannot write a\nfleetscan: cannot write b\n");
}

}  // namespace
}  // namespace fleetscan::commands
