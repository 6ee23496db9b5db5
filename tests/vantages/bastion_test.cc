#include "vantages/bastion.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::vantages;

namespace {

bool has(const std::vector<std::string>& words, const std::vector<std::string>& part) {
  return !std::ranges::search(words, part).empty();
}

std::string trouble_of(const std::string& script) {
  Bastion bastion({.ssh = {"sh", "-c", script}, .host = "gate"});
  const auto reached = bastion.connect();
  const auto* words = std::get_if<std::string>(&reached);
  return words ? *words : "connected";
}

}  // namespace

TEST_CASE("Bastion: ssh shares its connection, asks nobody, and runs and forwards nothing") {
  const auto words = sharing_ssh({"ssh", "-F", "x"}, "ann", "gate", 2222, "/tmp/50%/ssh");
  CHECK(has(words, {"ssh", "-F", "x", "-o"}));
  CHECK(has(words, {"-S", "/tmp/50%%/ssh", "-N", "-T", "-p", "2222", "--", "ann@gate"}));
  for (const auto* option : {"BatchMode=yes", "ControlMaster=yes", "ControlPersist=no",
                             "ClearAllForwardings=yes", "PermitLocalCommand=no", "ForwardAgent=no"})
    CHECK(has(words, {"-o", option}));
  CHECK(has(sharing_ssh({"ssh"}, "", "gate", 0, "/tmp/ssh"), {"-T", "--", "gate"}));
}

TEST_CASE("Bastion: says why there is no connection, in the last words of ssh") {
  CHECK(
      trouble_of("echo first >&2; echo 'ann@gate: Permission denied (publickey).' >&2; exit 255") ==
      "ann@gate: Permission denied (publickey)");
  CHECK(trouble_of("exit 255") == "ssh ended without a word");
  Bastion none({.ssh = {"no-such-ssh-program"}, .host = "gate"});
  const auto reached = none.connect();
  REQUIRE(std::holds_alternative<std::string>(reached));
  CHECK(std::get<std::string>(reached) ==
        "cannot run no-such-ssh-program: No such file or directory");
}

TEST_CASE("Bastion: may be asked again") {
  Bastion bastion({.ssh = {"sh", "-c", "echo no >&2; exit 255"}, .host = "gate"});
  for (int i = 0; i < 3; ++i) CHECK(std::get<std::string>(bastion.connect()) == "no");
}
