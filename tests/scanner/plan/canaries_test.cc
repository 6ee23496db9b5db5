#include "scanner/plan/canaries.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::plan;

namespace {

/// One target, whose line in its file is called like the option.
class Fleet final : public TargetSource {
 public:
  std::optional<Target> next() override {
    if (std::exchange(given_, true)) return std::nullopt;
    return Target{.host = "web01", .source = "--canary"};
  }
  [[nodiscard]] std::uint64_t size() const override { return 1; }

 private:
  bool given_ = false;
};

}  // namespace

TEST_CASE("CanariesFirst: canaries are marked and come before the fleet") {
  CanariesFirst source({{.host = "gate1"}, {.host = "gate2", .source = "gates.txt:1"}},
                       std::make_unique<Fleet>());
  CHECK(source.size() == 1);
  std::string visited;
  while (const auto target = source.next())
    visited += target->host + ' ' + target->source + (target->canary ? " canary\n" : "\n");
  CHECK(visited == "gate1 --canary canary\ngate2 --canary canary\nweb01 --canary\n");
}

TEST_CASE("canaries count as reached only if they answered as they should") {
  Canaries canaries;
  for (const auto outcome : {Outcome::ok, Outcome::ok_slow, Outcome::connect_refused,
                             Outcome::resolve_not_found, Outcome::skipped, Outcome::not_probed})
    count(canaries, {.target = {.host = "gate"}, .outcome = outcome});
  CHECK(canaries == Canaries{.asked = 6, .reached = 2});
}
