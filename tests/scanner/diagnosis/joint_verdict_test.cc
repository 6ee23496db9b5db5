#include "scanner/diagnosis/joint_verdict.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {
namespace {

using enum probe::Outcome;
using Views = std::vector<probe::View>;

double confidence_in(const probe::HostResult& result, const std::string& name) {
  for (const auto& cause : result.causes)
    if (cause.name == name) return cause.confidence;
  return 0;
}

probe::HostResult refused(const std::string& vantage) {
  probe::HostResult result;
  result.target.host = "web";
  result.outcome = connect_rejected;
  result.vantage = vantage;
  result.causes = {{"source_ban", 0.3, {"seen"}},
                   {"service_down", 0.3, {"seen"}},
                   {"firewall_reject", 0.3, {"seen"}}};
  return result;
}

TEST_CASE("Joint verdict: from where a target is reached") {
  const struct {
    Views views;
    Reach reach;
    bool open;
    const char* failing;
  } kRows[] = {
      {{{"a", ok}, {"b", ok_slow}}, Reach::all, false, ""},
      {{{"a", ok}, {"b", connect_reset}}, Reach::some, false, "b"},
      {{{"a", connect_timeout}, {"b", connect_reset}}, Reach::none, false, "a, b"},
      {{{"a", ok}, {"b", not_probed}}, Reach::all, true, ""},
      {{{"a", scanner_network}, {"b", not_probed}}, Reach::open, true, ""},
      {{{"a", connect_reset}, {"b", not_probed}}, Reach::none, false, "a"},
      {{{"a", ok}, {"b", connect_reset}, {"c", not_probed}}, Reach::some, false, "b"},
      {{}, Reach::open, false, ""},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.failing);
    CHECK(reach(row.views) == row.reach);
    CHECK(is_open(row.views) == row.open);
    CHECK(failing_from(row.views) == row.failing);
  }
}

TEST_CASE("Joint verdict: a failure decides, then a warning, then what could not be told") {
  const probe::Outcome kOrder[] = {connect_reset, ok_slow,         ok,
                                   skipped,       scanner_network, not_probed};
  int before = -1;
  for (const auto outcome : kOrder) {
    const auto now = rank({"a", outcome});
    CHECK(now > before);
    before = now;
  }
}

TEST_CASE("Joint verdict: who is reached from elsewhere is not down, but bans us") {
  const auto joint = join(refused("b"), {{"a", ok}, {"b", connect_rejected}});
  CHECK(joint.vantage.empty());
  CHECK(joint.views.size() == 2);
  CHECK(confidence_in(joint, "source_ban") > 0.4);
  CHECK(confidence_in(joint, "service_down") < 0.1);
}

TEST_CASE("Joint verdict: who fails alike from everywhere does not ban each of us") {
  const auto joint = join(refused("b"), {{"a", connect_rejected}, {"b", connect_rejected}});
  CHECK(confidence_in(joint, "source_ban") < 0.1);
  CHECK(confidence_in(joint, "service_down") > 0.3);
}

TEST_CASE("Joint verdict: a vantage that could not tell changes nothing") {
  const auto joint = join(refused("b"), {{"a", not_probed}, {"b", connect_rejected}});
  CHECK(confidence_in(joint, "source_ban") == doctest::Approx(0.3));
}

}  // namespace
}  // namespace fleetscan::diagnosis
