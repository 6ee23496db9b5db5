#include "reports/summary/comparison.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/render/comparison_report.h"
#include "tests/support/host_result.h"
#include "tests/support/hostile_corpus.h"

namespace fleetscan::summary {
namespace {

using test::host_result;
constexpr auto kUp = probe::Outcome::ok;
constexpr auto kDown = probe::Outcome::connect_timeout;

using Looks = std::vector<std::optional<probe::Outcome>>;

/// One host, as each side saw it; sides have vantages when names are given.
summary::Comparison of(const Looks& looks, const std::vector<std::string>& vantages = {}) {
  summary::Comparer comparer;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    comparer.begin("file" + std::to_string(i));
    probe::RunInfo run;
    if (!vantages.empty()) run.vantage = vantages[i];
    comparer.run(run);
    if (looks[i]) comparer.add(host_result("a", *looks[i], {.address = "10.0.0.1"}));
    comparer.end({.complete = true});
  }
  return comparer.finish();
}

TEST_CASE("what runs one after the other mean") {
  struct Case {
    Looks looks;
    std::string meaning;
    bool same;
  };
  const Case cases[] = {
      {{kUp, kUp}, "works", true},
      {{kDown, kDown}, "still failing", true},
      {{kDown, probe::Outcome::connect_refused}, "still failing", false},
      {{probe::Outcome::banner_closed_fast, probe::Outcome::banner_closed_late},
       "still failing",
       true},
      {{probe::Outcome::connect_reset, probe::Outcome::banner_reset}, "still failing", true},
      {{kUp, kDown}, "newly failing", false},
      {{kDown, probe::Outcome::ok_slow}, "recovered", false},
      {{kUp, probe::Outcome::not_probed, kDown}, "newly failing", false},
      {{kUp, kDown, kUp}, "comes and goes", false},
      {{std::nullopt, kDown}, "still failing, not in the first run", false},
      {{kUp, std::nullopt}, "works, not in the last run", false},
      {{probe::Outcome::not_probed, probe::Outcome::not_probed}, "no run could tell", true},
  };
  for (const auto& [looks, meaning, same] : cases) {
    CAPTURE(meaning);
    const auto comparison = of(looks);
    CHECK_FALSE(comparison.vantages);
    CHECK(comparison.patterns.at(0).meaning == meaning);
    CHECK(comparison.same() == same);
  }
}

TEST_CASE("what vantages mean") {
  const std::vector<std::string> names{"fra1", "iad1", "sin1"};
  CHECK(of({kUp, kDown, kUp}, names).patterns[0].meaning ==
        "only unreachable from iad1: routing, an ACL or a ban there");
  CHECK(of({kDown, kDown, kUp}, names).patterns[0].meaning ==
        "only unreachable from fra1 and iad1: routing, an ACL or a ban there");
  CHECK(of({kDown, kDown, kDown}, names).patterns[0].meaning ==
        "fails from fra1, iad1 and sin1: the host itself, or a path that all of them share");
  CHECK(of({kUp, kUp, kUp}, names).patterns[0].meaning == "works from fra1, iad1 and sin1");
  CHECK(of({kDown, std::nullopt, std::nullopt}, names).patterns[0].meaning ==
        "only scanned from fra1, where it fails");
  CHECK(of({std::nullopt, kUp, std::nullopt}, names).patterns[0].meaning ==
        "only scanned from iad1, where it works");
  CHECK_FALSE(of({kUp, kDown}, {"fra1", "fra1"}).vantages);  // two nights from one place
}

TEST_CASE("matrices per subnet and class") {
  const auto comparison = of({kUp, kDown}, {"fra1", "iad1"});
  REQUIRE(comparison.subnets.size() == 1);
  CHECK(comparison.subnets[0].prefix.to_string() == "10.0.0.0/24");
  CHECK(comparison.subnets[0].failing == std::vector<std::uint64_t>{0, 1});
  REQUIRE(comparison.classes.size() == 2);
  CHECK(comparison.classes[0].hosts == std::vector<std::uint64_t>{1, 0});
  REQUIRE(comparison.moves.size() == 1);
  CHECK(comparison.moves[0].to == kDown);
  CHECK(of({kDown, kDown}).subnets.empty());
}

TEST_CASE("the text folds hosts that changed alike, new failures first, and tells what differs") {
  summary::Comparer comparer;
  for (const bool later : {false, true}) {
    comparer.begin(later ? "tuesday" : "monday");
    comparer.run({});
    for (int i = 1; i <= 60; ++i)
      comparer.add(host_result("127.63.2." + std::to_string(i), later ? kUp : kDown));
    comparer.add(host_result("db1", later ? probe::Outcome::connect_refused : kUp));
    comparer.add(host_result("same", probe::Outcome::banner_silent));
    comparer.end({.complete = true});
  }
  const auto text = render::comparison_text(comparer.finish());
  CAPTURE(text);
  const auto fresh = text.find("           1  ok -> connect_refused  db1\n");
  const auto recovered = text.find("          60  connect_timeout -> ok  127.63.2.[1-60]\n");
  CHECK(fresh < recovered);
  CHECK(recovered < text.npos);
  CHECK(text.find("banner_silent") == text.npos);  // the same in both
}

TEST_CASE("nothing foreign gets out unescaped") {
  summary::Comparer comparer;
  for (const auto outcome : {kUp, kDown}) {
    comparer.begin("<script>\x1b[31m");
    probe::RunInfo run;
    run.vantage = "\"'><img src=x>\x1b]0;" + std::to_string(static_cast<int>(outcome));
    comparer.run(run);
    for (const auto& text : test::hostile_corpus()) comparer.add(host_result(text, outcome));
    comparer.end({.complete = true});
  }
  const auto comparison = comparer.finish();
  const auto control = [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; };
  const auto text = render::comparison_text(comparison);
  CHECK(std::ranges::none_of(text, control));
  const auto page = render::comparison_html(comparison);
  CHECK(std::ranges::none_of(page, control));
  for (const auto* bad : {"<script", "<img", "\"'>"}) CHECK(page.find(bad) == page.npos);
  CHECK(nlohmann::json::accept(render::comparison_json(comparison)));
}

}  // namespace
}  // namespace fleetscan::summary
