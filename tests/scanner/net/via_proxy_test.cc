#include "scanner/net/via_proxy.h"

#include <doctest/doctest.h>

#include <memory>

using namespace fleetscan;
using namespace fleetscan::net;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST_CASE("ViaProxy: a proxy that is lost is tried once a second, not once a target") {
  probe::ProbeSettings settings;
  settings.proxy = std::make_shared<const proxy::Proxy>();
  ViaProxy::Shared shared(settings);
  const TimePoint now{100s};
  CHECK_FALSE(shared.is_given_up(now));
  shared.tried = now;
  shared.lost = 31;
  CHECK_FALSE(shared.is_given_up(now));
  shared.lost = 32;
  CHECK(shared.is_given_up(now));
  CHECK(shared.is_given_up(now + 999ms));
  CHECK_FALSE(shared.is_given_up(now + 1s));
}
