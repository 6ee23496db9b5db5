#include "commands/keys_command.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/base64.h"
#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"
#include "tests/support/recorded_key.h"

namespace fleetscan::commands {
namespace {

using probe::Outcome;

probe::HostResult with_key(const std::string& host) {
  auto result = test::host_result(host, Outcome::ok, {"", "", "10.0.0.1"});
  result.attempts[0].evidence.host_key = test::recorded_key("ssh-ed25519");
  return result;
}

test::Ended keys(const std::vector<std::string>& words) {
  return test::ended([&] { return run_keys(words); });
}

std::string line(const std::string& names) {
  return names + " ssh-ed25519 " + encode_base64(test::recorded_key("ssh-ed25519").blob) + '\n';
}

TEST_CASE("keys: lines of known_hosts, and the rest on standard error") {
  test::TemporaryFiles files;
  const auto whole = files.write("whole.jsonl", night(1, {with_key("web01")}));
  auto said = keys({whole});
  CHECK(said.status == 0);
  CHECK(said.out == line("web01,10.0.0.1"));
  CHECK(said.err.empty());

  auto lacking = with_key("web02");
  lacking.further_keys = {{"ssh-rsa", Outcome::kex_closed, {}}};
  const auto less =
      files.write("less.jsonl",
                  night(1, {lacking, test::host_result("down\x1b[2J", Outcome::connect_timeout)}));
  said = keys({whole, less});
  CHECK(said.status == 1);
  CHECK(said.out == line("web01,10.0.0.1") + line("web02,10.0.0.1"));
  CHECK(said.err.find("web02:22: no ssh-rsa host key: kex_closed\n") != std::string::npos);
  CHECK(said.err.find("down\\x1b[2J:22: no host key: connect_timeout\n") != std::string::npos);
}

TEST_CASE("keys: hashed names differ each time, and hold the same") {
  test::TemporaryFiles files;
  const auto whole = files.write("whole.jsonl", night(1, {with_key("web01")}));
  const auto one = keys({whole, "--hash"}), other = keys({whole, "--hash"});
  CHECK(one.out != other.out);
  CHECK(one.out.starts_with("|1|"));
  CHECK(one.out.find("web01") == std::string::npos);
}

TEST_CASE("keys: an interrupted run, a line that is no record, a file that is none") {
  test::TemporaryFiles files;
  const auto night_of = night(1, {with_key("web01")});
  auto said = keys({files.write("cut.jsonl", without_end(night_of))});
  CHECK(said.status == 3);
  CHECK(said.out == line("web01,10.0.0.1"));
  CHECK(said.err.find("INCOMPLETE") != std::string::npos);
  said = keys({files.write("damaged.jsonl", "nonsense\n" + night_of)});
  CHECK(said.status == 1);
  CHECK(said.out == line("web01,10.0.0.1"));
  CHECK(keys({files.path() + "/none.jsonl"}).status == 2);
}

TEST_CASE("keys: one form at a time") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"x", "--json", "--sshfp"},
                                             {"x", "--ansible", "--json"},
                                             {"x", "--sha1"},
                                             {"x", "--hash", "--sshfp"},
                                             {}})
    CHECK(keys(words).status == 2);
}

}  // namespace
}  // namespace fleetscan::commands
