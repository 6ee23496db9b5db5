#include "scanner/net/echo_service.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/support/loop.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::net;

TEST_CASE("EchoService: each question has one answer, or the system forbids them all") {
  test::Loop loop;
  std::map<std::uint64_t, Echo> heard;
  EchoService service(loop.uv,
                      [&](std::uint64_t id, Echo echo) { CHECK(heard.emplace(id, echo).second); });
  service.ask(1, *Address::parse("127.0.0.1"));
  service.ask(2, *Address::parse("127.77.0.1"));
  CHECK(heard.empty());  // never from inside ask()
  for (int turns = 0; heard.size() < 2 && turns < 100; ++turns) uv_run(&loop.uv, UV_RUN_ONCE);
  REQUIRE(heard.size() == 2);
  CHECK(heard[1] == heard[2]);
  CHECK((heard[1] == Echo::answered || heard[1] == Echo::forbidden));
}

TEST_CASE("EchoService: destroyed with questions open, it calls nobody") {
  test::Loop loop;
  {
    EchoService service(loop.uv, [](std::uint64_t, Echo) { FAIL("called"); });
    service.ask(7, *Address::parse("127.0.0.1"));
  }
  uv_run(&loop.uv, UV_RUN_DEFAULT);
}
