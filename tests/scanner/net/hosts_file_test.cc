#include "scanner/net/hosts_file.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::net;

namespace {

std::string text(const std::vector<Address>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : " ") + address.to_string();
  return text;
}

}  // namespace

TEST_CASE("HostsFile: names, aliases, both families, in any case") {
  const HostsFile hosts(
      "# of this machine\n"
      "127.0.0.1\tlocalhost loop # but.not.this\n"
      "::1 localhost\r\n"
      "  10.0.0.1   Web.example.net web  \n"
      "10.0.0.2 web\n"
      "10.0.0.1 web\n"
      "\n"
      "10.0.0.3\n"
      "10.0.0.256 wrong\n"
      "name 10.0.0.4\n"
      "10.0.0.5 last");
  struct Row {
    const char *host, *addresses;
  };
  for (const Row row : {
           Row{"localhost", "127.0.0.1 ::1"},
           Row{"LOCALHOST", "127.0.0.1 ::1"},
           Row{"loop", "127.0.0.1"},
           Row{"web.EXAMPLE.net", "10.0.0.1"},
           Row{"web", "10.0.0.1 10.0.0.2"},
           Row{"last", "10.0.0.5"},
           Row{"but.not.this", ""},
           Row{"wrong", ""},
           Row{"name", ""},
           Row{"#", ""},
           Row{"", ""},
       }) {
    CAPTURE(row.host);
    CHECK(text(hosts.addresses(row.host)) == row.addresses);
  }
}

TEST_CASE("HostsFile: a file that is not there names no host") {
  CHECK(HostsFile::read("/nonexistent/hosts").addresses("localhost").empty());
  CHECK(HostsFile().addresses("localhost").empty());
}
