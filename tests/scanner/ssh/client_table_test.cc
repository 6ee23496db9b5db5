#include "scanner/ssh/client_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

using namespace fleetscan;
using namespace fleetscan::ssh;

namespace {

constexpr std::string_view kTable =
    "# a comment\n"
    "client one-2.0\n"
    "  name One 2.0\n"
    "  standing current\n"
    "  source one.h\n"
    "  rsa-bits 2048\n"
    "  kex a b\n"
    "  kex c\n"
    "  host-keys d\n"
    "  ciphers e\n"
    "  macs f\n"
    "  compression none\n"
    "\n"
    "client one-1.0\n"
    "  name One 1.0\n"
    "  standing legacy\n"
    "  source one.h\n"
    "  kex as one-2.0\n"
    "  host-keys g\n"
    "  ciphers as one-2.0\n"
    "  macs as one-2.0\n"
    "  compression none\n";

/// What is said about the table with the first `was` replaced; "" if nothing.
std::string said(std::string_view was, std::string_view is) {
  std::string text(kTable);
  text.replace(text.find(was), was.size(), is);
  try {
    static_cast<void>(read_clients(text));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

std::vector<const NameList*> lists(const ClientProfile& client) {
  return {&client.kex, &client.host_keys, &client.ciphers, &client.macs, &client.compression};
}

}  // namespace

TEST_CASE("read_clients: rows as they stand, and lists of rows above") {
  const auto rows = read_clients(kTable);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id == "one-2.0");
  CHECK(rows[0].name == "One 2.0");
  CHECK(rows[0].standing == Standing::current);
  CHECK(rows[0].rsa_bits == 2048);
  CHECK(rows[0].group_bits == 0);
  CHECK(rows[0].kex == NameList{"a", "b", "c"});
  CHECK(rows[1].standing == Standing::legacy);
  CHECK(rows[1].kex == rows[0].kex);
  CHECK(rows[1].host_keys == NameList{"g"});
}

TEST_CASE("read_clients: every mistake is reported with its line") {
  const struct {
    std::string_view was, is, says;
  } cases[] = {
      {"client one-2.0\n", "", "clients.txt:2: no client yet"},
      {"one-1.0\n", "one-2.0\n", "clients.txt:14: one-2.0 is there twice"},
      {"name One", "nom One", "clients.txt:3: nom is no key"},
      {"name One 2.0", "name", "clients.txt:3: name says nothing"},
      {"current", "recent", "clients.txt:4: recent is no standing"},
      {"  standing current\n", "  name 2\n", "clients.txt:4: given twice"},
      {"  standing current\n", "", "clients.txt:13: one-2.0 has no standing"},
      {"  source one.h\n", "", "clients.txt:13: one-2.0 has no source"},
      {"  macs f\n", "", "clients.txt:13: one-2.0 has no macs"},
      {"2048", "2048 bits", "clients.txt:6: 2048 bits is no size"},
      {"2048", "0", "clients.txt:6: 0 is no size"},
      {"kex c", "kex c a", "clients.txt:8: a is there twice"},
      {"kex as one-2.0", "kex as two", "clients.txt:18: no such list of two above"},
      {"  compression none\n\n", "\n", "clients.txt:13: one-2.0 has no compression"},
  };
  for (const auto& [was, is, says] : cases) {
    CAPTURE(is);
    CHECK(said(was, is) == says);
  }
}

TEST_CASE("clients.txt: well-formed, and in the order in which it is searched") {
  const auto rows = read_clients(clients_text());
  REQUIRE(!rows.empty());
  CHECK(rows.front().standing == Standing::current);
  CHECK(std::ranges::is_sorted(rows, {}, &ClientProfile::standing));
  for (const auto& row : rows) {
    CAPTURE(row.id);
    CHECK(row.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == row.id.npos);
    CHECK(find_client(row.id) != nullptr);
    for (const auto* list : lists(row))
      for (const auto& name : *list) {
        CHECK(name.size() <= 64);  // RFC 4251 section 6
        CHECK(name.find(',') == name.npos);
        CHECK(first_common({name}, {name}) == name);  // no flag
      }
  }
}
