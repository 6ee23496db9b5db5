#include "scanner/ssh/disconnect.h"

#include <doctest/doctest.h>

using namespace fleetscan;
using namespace fleetscan::ssh;

TEST_CASE("Disconnect: reads back what was written") {
  const auto read = parse_disconnect(make_disconnect(11, "bye"));
  REQUIRE(read);
  CHECK(*read == Disconnect{11, "bye"});
}

TEST_CASE("parse_disconnect: a reason without words is enough, less is not") {
  const auto payload = make_disconnect(12, "too many");
  CHECK(parse_disconnect(payload.substr(0, 5)) == Disconnect{12, ""});
  CHECK_FALSE(parse_disconnect(payload.substr(0, 4)));
  CHECK_FALSE(parse_disconnect("\x02" + payload.substr(1)));
}

TEST_CASE("parse_disconnect: keeps a bounded part of the words") {
  const auto read = parse_disconnect(make_disconnect(2, std::string(5000, 'x')));
  REQUIRE(read);
  CHECK(read->text.size() == kMaxDisconnectText);
}
