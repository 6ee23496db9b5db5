#include "inventory/jump_route.h"

#include <doctest/doctest.h>

#include <string>

#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {
namespace {

std::string route(const char* keyword, const std::string& value) {
  SshSettings settings;
  settings.set(keyword, value);
  return jump_route(settings);
}

TEST_CASE("Jump route: of ProxyJump") {
  for (const auto* jumps : {"gate", "admin@gate", "gate:2222", "a@one:22,b@two", "[2001:db8::1]:22",
                            "ssh://admin@gate:2222"})
    CHECK(route("proxyjump", jumps) == jumps);
  for (const auto* jumps : {"none", "", "-oProxyCommand=x", "a b", "$(x)", "a,,b", "a,", "user@-x",
                            "a`b`", "{{ gate }}", "a,b,c,d,e,f,g,h,i"})
    CHECK(route("proxyjump", jumps).empty());
  CHECK(route("proxyjump", "a,b,c,d,e,f,g,h") == "a,b,c,d,e,f,g,h");
}

TEST_CASE("Jump route: of a ProxyCommand that is ssh -W and nothing else") {
  const struct {
    const char *command, *route;
  } kRows[] = {
      {"ssh -W %h:%p gate", "gate"},
      {"/usr/bin/ssh -q -W %h:%p admin@gate", "admin@gate"},
      {"ssh gate -W [%h]:%p", "gate"},
      {"ssh -l admin -p 2222 -W %h:%p gate", "admin@gate:2222"},
      {"ssh -J one -W %h:%p two", "one,two"},
      {"ssh -W '%h:%p' gate", "gate"},
      {"ssh -qW %h:%p gate", "gate"},
      {"exec ssh -4q -aTxW%h:%p gate 2>/dev/null", "gate"},
      {"ssh -W %h:%p gate 2> /dev/null", "gate"},
      {"ssh -W %h:%p gate 2>log", ""},
      {"ssh -qo ProxyCommand=evil -W %h:%p gate", ""},
      {"ssh - -W %h:%p gate", ""},
      {"ssh -W other:22 gate", ""},
      {"ssh gate nc %h %p", ""},
      {"ssh -o ProxyCommand=evil -W %h:%p gate", ""},
      {"ssh -F other -W %h:%p gate", ""},
      {"nc -X 5 -x proxy:1080 %h %p", ""},
      {"sh -c 'ssh -W %h:%p gate'", ""},
      {"ssh -W %h:%p", ""},
      {"ssh -W %h:%p $(gate)", ""},
      {"none", ""},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.command);
    CHECK(route("proxycommand", row.command) == row.route);
  }
}

}  // namespace
}  // namespace fleetscan::inventory
