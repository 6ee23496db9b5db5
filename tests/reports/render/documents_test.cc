#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "base/escape.h"
#include "reports/records/schema.h"
#include "reports/render/csv_report.h"
#include "reports/render/github_summary.h"
#include "reports/render/html/data_blocks.h"
#include "reports/render/html/html_report.h"
#include "reports/render/html/page_assets.h"
#include "reports/render/json_report.h"
#include "reports/render/junit_report.h"
#include "reports/render/prometheus_report.h"
#include "reports/render/target_list.h"
#include "scanner/ssh/kexinit.h"
#include "tests/support/host_result.h"
#include "tests/support/kexinit_payload.h"
#include "tests/support/synthetic_fleet.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::records;
using namespace fleetscan::summary;
using namespace fleetscan::render;

namespace {

struct Rendered {
  explicit Rendered(const test::FleetShape& shape) {
    test::SyntheticFleet fleet(shape);
    summary.begin(fleet.run());
    for (std::uint64_t i = 0; i < shape.hosts; ++i) summary.add(fleet.next());
    summary.end(fleet.end());
    report.emplace(make_report(summary));
  }
  Summary summary;
  std::optional<Report> report;
};

std::size_t times(std::string_view text, std::string_view needle) {
  std::size_t count = 0;
  for (auto at = text.find(needle); at != text.npos; at = text.find(needle, at + 1)) ++count;
  return count;
}

/// The value of a series that is written once.
std::string series(const std::string& text, const std::string& name) {
  const auto at = text.find('\n' + name + ' ');
  REQUIRE(at != text.npos);
  const auto begin = at + name.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("csv_report: one line per host, as many cells as the header") {
  const Rendered nothing({.hosts = 1, .failing_percent = 0, .seed = 1});
  HostResult host;
  host.outcome = Outcome::connect_refused;
  host.target.host = "=evil,\"host\"";
  host.target.labels = std::make_shared<const Labels>(Labels{{"rack", "b7"}, {"site", "fra"}});
  host.resolve = Micros(1200);
  const auto table = csv_table();
  std::string line;
  table->append_row(line, table->take_down(host).value(), nullptr, *nothing.report);
  CHECK(line ==
        "\"'=evil,\"\"host\"\":22\",\"'=evil,\"\"host\"\"\",22,,unreachable,connect_refused,"
        "resolve,0,1.2,,,,,,,,,,,,," +
            [](std::string_view fix) {
              std::string cell;
              append_csv(cell, fix);
              return cell;
            }(row(Outcome::connect_refused).remedy) +
            ",,,,,b7,fra\n");
  CHECK(table->head().ends_with(",source,note,label:rack,label:site\n"));
  test::SyntheticFleet fleet({.hosts = 300, .failing_percent = 30, .seed = 3, .hostile = true});
  std::vector<std::string> rows;
  for (int i = 0; i < 300; ++i) rows.push_back(table->take_down(fleet.next()).value());
  const auto commas_in = [](const std::string& text) {
    bool quoted = false;
    std::ptrdiff_t commas = 0;
    for (const char c : text) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++commas;
    }
    return commas;
  };
  for (const auto& row : rows) {
    line.clear();
    table->append_row(line, row, nullptr, *nothing.report);
    CHECK(commas_in(line) == commas_in(table->head()));
    CHECK(std::ranges::count(line, '\n') == 1);
  }
}

TEST_CASE("csv_report: label keys beyond the limit share a column") {
  const Rendered nothing({.hosts = 1, .failing_percent = 0, .seed = 1});
  const auto table = csv_table();
  HostResult host;
  host.target.host = "a";
  Labels labels;
  for (std::size_t i = 0; i < kMaxLabelColumns + 2; ++i)
    labels.emplace("k" + std::to_string(100 + i), "v");
  host.target.labels = std::make_shared<const Labels>(labels);
  const auto taken = table->take_down(host).value();
  CHECK(table->head().ends_with(",label:k163,labels\n"));
  std::string line;
  table->append_row(line, taken, nullptr, *nothing.report);
  CHECK(line.ends_with(",v,k164=v k165=v\n"));
}

TEST_CASE("target_list: the usual port goes without saying") {
  Rendered run({.hosts = 1, .failing_percent = 0, .seed = 1});
  run.summary.run.options["port"] = "2022";
  const auto failing = failing_targets(), reachable = reachable_targets();
  const auto line_of = [&](Table& table, Outcome outcome, std::string host, std::uint16_t port) {
    HostResult result;
    result.outcome = outcome;
    result.target.host = std::move(host);
    result.target.port = port;
    std::string line;
    if (const auto taken = table.take_down(result))
      table.append_row(line, *taken, nullptr, *run.report);
    return line;
  };
  CHECK(line_of(*failing, Outcome::connect_refused, "web01", 2022) == "web01\n");
  CHECK(line_of(*failing, Outcome::connect_refused, "web01", 22) == "web01:22\n");
  CHECK(line_of(*failing, Outcome::connect_refused, "2001:db8::1", 22) == "[2001:db8::1]:22\n");
  CHECK(line_of(*failing, Outcome::ok, "web01", 2022).empty());
  HostResult of_ansible;
  of_ansible.outcome = Outcome::connect_refused;
  of_ansible.target = {.host = "web02", .port = 2222, .source = "inventory/prod.yml:7"};
  std::string line;
  failing->append_row(line, failing->take_down(of_ansible).value(), nullptr, *run.report);
  CHECK(line == "web02\n");
  CHECK(line_of(*failing, Outcome::scanner_network, "web01", 2022).empty());
  CHECK(line_of(*reachable, Outcome::ok_slow, "2001:db8::1", 2022) == "2001:db8::1\n");
  CHECK(line_of(*reachable, Outcome::connect_refused, "web01", 2022).empty());
}

TEST_CASE("junit, GitHub and JSON: what the baseline accepts is no failure, what is new leads") {
  test::SyntheticFleet fleet({.hosts = 300, .failing_percent = 20, .seed = 5});
  Summary summary;
  summary.begin(fleet.run());
  std::vector<std::string> failing;
  KnownFailures known;
  for (int i = 0; i < 300; ++i) {
    const auto host = fleet.next();
    summary.add(host);
    if (!is_failure(host.outcome)) continue;
    if (!failing.empty()) known.add(host, "accepted by the baseline since 2026-11-20: <known>");
    failing.push_back(host.target.name());
  }
  summary.end(fleet.end());
  const auto report = make_report(summary, {}, {{Condition{}}, &known});
  CHECK(report.fresh == std::vector<std::string>{failing.front()});

  const auto xml = junit_report(report);
  CHECK(times(xml, "<failure type=") == 1);
  CHECK(times(xml,
              "<skipped message=\"accepted by the baseline since 2026-11-20: &lt;known&gt;\"/>") ==
        failing.size() - 1);
  const auto annotations = github_annotations(report);
  CHECK(times(annotations, "::error ") == 1);
  CHECK(annotations.find(failing.front().substr(0, failing.front().find(':'))) != annotations.npos);
  CHECK(github_summary(report).find("not in the baseline") != std::string::npos);

  const auto json = nlohmann::json::parse(json_report(report));
  CHECK(json.at("new") == nlohmann::json{failing.front()});
  CHECK(json.at("accepted").size() == failing.size() - 1);
  const auto text = json_report(report);
  CHECK(text.find("\"new\":") < text.find("\"summary\":"));

  for (const auto& target : failing) known.targets.try_emplace(target, "accepted");
  const auto all = make_report(summary, {}, {{Condition{}}, &known});
  CHECK(times(junit_report(all), "<failure type=") == 0);
  CHECK(github_annotations(all).empty());
}

TEST_CASE("junit and GitHub: failures of earlier runs are no news") {
  test::SyntheticFleet fleet({.hosts = 300, .failing_percent = 20, .seed = 5});
  Summary summary;
  summary.begin(fleet.run());
  for (int i = 0; i < 300; ++i) summary.add(fleet.next());
  summary.end(fleet.end());
  Past past;
  past.key_changed = {"db9:22"};
  past.removed = {"left:22"};
  const auto report = make_report(summary, past);
  const auto annotations = github_annotations(report);
  CHECK(times(annotations, "::error ") == 0);
  CHECK(annotations.starts_with("::warning title=host key changed::db9\n"));
  CHECK(times(annotations, "::notice ") > 0);
  const auto xml = junit_report(report);
  CHECK(xml.find("name=\"host key changed\"><system-out>1 db9<") < xml.find("<failure"));
  CHECK(xml.find("name=\"removed\"><system-out>1 left<") != xml.npos);
}

TEST_CASE("junit_report: every failing host is counted, few are named") {
  const Rendered few({.hosts = 1000, .failing_percent = 20, .seed = 2});
  const auto xml = junit_report(*few.report);
  const auto failing = few.summary.failing();
  CHECK(times(xml, "<failure type=") == failing);
  CHECK(times(xml, "more failing hosts") == 0);
  CHECK(times(xml, "name=\"reachable hosts\"") > 0);

  const Rendered many({.hosts = 20000, .failing_percent = 40, .seed = 2});
  const auto long_xml = junit_report(*many.report);
  CHECK(many.summary.failing() > kMaxJunitHosts);
  const auto shared = times(long_xml, "name=\"more failing hosts\"");
  CHECK(shared > 0);
  CHECK(times(long_xml, "<failure type=") == kMaxJunitHosts + shared);
  CHECK(times(long_xml, "<") < 250'000);
}

TEST_CASE("prometheus_report: as many series whatever the fleet, and no class is left out") {
  const Rendered small({.hosts = 100, .failing_percent = 0, .seed = 2});
  const Rendered large({.hosts = 5000, .failing_percent = 30, .seed = 2});
  const auto few = prometheus_report(*small.report, {}),
             many = prometheus_report(*large.report, {});
  const auto findings = times(many, "\nfleetscan_finding_hosts{");
  CHECK(findings <= kMaxPrometheusFindings);
  CHECK(times(few, "\nfleetscan_finding_hosts{") == 0);
  CHECK(times(few, "\n") == times(many, "\n") - findings);
  CHECK(times(many, "\n") < 130);
  CHECK(times(many, "fleetscan_hosts{") == outcomes().size());
  CHECK(series(many, "fleetscan_hosts_planned{scan=\"hosts.txt\"}") == "5000");
  CHECK(series(many, "fleetscan_last_run_passed{scan=\"hosts.txt\"}") == "0");
  const auto connected = std::to_string(large.summary.phases[1].count());
  CHECK(series(many, "fleetscan_connect_duration_seconds_count{scan=\"hosts.txt\"}") == connected);
  CHECK(series(many, "fleetscan_connect_duration_seconds_bucket{scan=\"hosts.txt\",le=\"+Inf\"}") ==
        connected);
}

TEST_CASE("prometheus_report: findings by where hosts fail alike, the largest only") {
  Rendered run({.hosts = 100, .failing_percent = 0, .seed = 2});
  auto& report = *run.report;
  using Kind = CommonCause::Kind;
  const auto add = [&](Kind kind, const std::string& what, std::uint64_t hosts) {
    CommonCause finding;
    finding.kind = kind;
    finding.what = what;
    finding.cause = "firewall_drop";
    finding.tally.add(finding.outcome, hosts);
    report.findings.push_back(std::move(finding));
  };
  add(Kind::label, "rack=\"b7\"", 3);
  add(Kind::label, "rack=\"b7\"", 2);
  add(Kind::scattered, "connect_timeout", 4);
  const std::string name =
      R"(fleetscan_finding_hosts{scan="hosts.txt",finding="rack=\"b7\"",class="connect_timeout",)"
      R"(cause="firewall_drop"})";
  const auto shown = [&] {
    return times(prometheus_report(report, {}), "\nfleetscan_finding_hosts{");
  };
  CHECK(series(prometheus_report(report, {}), name) == "5");
  CHECK(shown() == 1);
  for (std::size_t i = 2; i < kMaxPrometheusFindings; ++i)
    add(Kind::prefix, "10.0." + std::to_string(i) + ".0/24", 1);
  CHECK(shown() == kMaxPrometheusFindings - 1);
  add(Kind::prefix, "10.1.1.0/24", 1);
  CHECK(shown() == kMaxPrometheusFindings);
  add(Kind::prefix, "10.1.2.0/24", 1);
  CHECK(shown() == kMaxPrometheusFindings);
  report.findings.front().mixed = true;
  CHECK(times(prometheus_report(report, {}), "class=\"mixed\"") == 1);
}

TEST_CASE("prometheus_report: the last success outlives a run that is none") {
  const char* const kSuccess = "fleetscan_last_success_timestamp_seconds{scan=\"hosts.txt\"}";
  Rendered run({.hosts = 100, .failing_percent = 0, .seed = 2});
  const auto good = prometheus_report(*run.report, {});
  const auto when = series(good, kSuccess);
  CHECK(when == series(good, "fleetscan_last_run_timestamp_seconds{scan=\"hosts.txt\"}"));

  run.report->gate.verdict = GateVerdict::incomplete;
  CHECK(series(prometheus_report(*run.report, good), kSuccess) == when);
  for (const std::string& before :
       {std::string{}, std::string("nonsense"), "\n" + std::string(kSuccess) + " soon\n",
        "\n" + std::string(kSuccess) + " inf\n",
        std::string("\nfleetscan_last_success_timestamp_seconds{scan=\"other\"} 5\n")}) {
    CAPTURE(before);
    CHECK(times(prometheus_report(*run.report, before), kSuccess) == 0);
  }
}

TEST_CASE("github: bounded, and no line that a peer begins") {
  for (const bool hostile : {false, true}) {
    const Rendered run({.hosts = 8000, .failing_percent = 90, .seed = 2, .hostile = hostile});
    const auto summary = github_summary(*run.report);
    CHECK(summary.size() <= kMaxGithubSummaryBytes);
    CHECK(times(summary, "<script") == 0);
    const auto commands = github_annotations(*run.report);
    CHECK(times(commands, "\n") <= kMaxGithubAnnotations);
    std::istringstream lines(commands);
    for (std::string line; std::getline(lines, line);) {
      CHECK(line.starts_with("::error title="));
      CHECK(printable(line) == line);
    }
  }
}

TEST_CASE("html_report: one script and one style, pinned by their digests") {
  const Rendered run({.hosts = 500, .failing_percent = 20, .seed = 2, .hostile = true});
  const auto html = html_report(*run.report);
  CHECK(times(html, "<style") == 1);
  CHECK(times(html, "<script>") == 1);
  CHECK(times(html, "style=\"") == 0);
  CHECK(times(html, "{{css}}") == 0);
  CHECK(html.find("<script>" + std::string(page_assets().js) + "</script>") != html.npos);
  CHECK(page_assets().js.find("</script") == std::string_view::npos);
  CHECK(page_assets().js.find("innerHTML") == std::string_view::npos);
  CHECK(times(html, "script-src 'sha256-") == 1);
  CHECK(page_assets().css.size() + page_assets().js.size() <= 120'000);
}

TEST_CASE("html_report: how the run differs from the ones before") {
  test::SyntheticFleet fleet({.hosts = 300, .failing_percent = 20, .seed = 2});
  Summary summary;
  summary.begin(fleet.run());
  std::vector<std::string> failing;
  for (int i = 0; i < 300; ++i) {
    const auto host = fleet.next();
    if (host.state() == State::unreachable) failing.push_back(host.target.name());
    summary.add(host);
  }
  summary.end(fleet.end());
  std::ranges::sort(failing);
  REQUIRE(failing.size() > 10);
  const auto now = fleet.run().started, before = now - std::chrono::hours(24);
  Past past;
  past.runs = {{before, {}, 1, 2}, {now, summary.total, 4, 3}};
  past.fresh.assign(failing.begin(), failing.begin() + 4);
  past.recovered = {"web1:22"};
  past.key_changed = {"<b>:22"};
  for (const auto& name : failing)
    past.failing_since[name] = std::ranges::count(past.fresh, name) > 0 ? now : before;
  const auto report = make_report(summary, past);
  std::uint64_t fresh = 0;
  for (const auto& finding : report.findings) {
    fresh += finding.fresh;
    REQUIRE(finding.since);
    CHECK((finding.since == now || finding.since == before));
  }
  CHECK(fresh == 4);
  const auto html = html_report(report);
  CHECK(times(html, "href=\"#q=is:new\">4 newly failing</a>") == 1);
  CHECK(times(html, "href=\"#q=is:recovered\">1 recovered</a>") == 1);
  CHECK(times(html, ">1 host key changed</a></dt><dd class=\"names\"><bdi>&lt;b&gt;<") == 1);
  CHECK(times(html, "<figure class=\"trend\">") == 2);
  CHECK(times(html, "+" + std::to_string(failing.size())) >= 1);  // none failed before
  CHECK(times(html_report(make_report(summary)), "is:new") == times(page_assets().js, "is:new"));
}

TEST_CASE("schemas: valid JSON that knows every class") {
  std::vector<std::string> names;
  for (const auto& outcome : outcomes()) names.emplace_back(outcome.name);
  CHECK(schemas().size() == 6);
  for (const auto& [name, text] : schemas()) {
    const auto schema = nlohmann::json::parse(text());
    CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    if (name != "forecast" && name != "doctor" && name != "keys")
      CHECK(schema["$defs"]["class"]["enum"] == nlohmann::json(names));
  }
}

TEST_CASE("html_report: what other clients would lose, escaped, and nothing without an offer") {
  Summary summary;
  summary.begin({});
  summary.add(test::host_result("gone", Outcome::connect_timeout));
  CHECK(html_report(make_report(summary)).find("id=\"forecast\"") == std::string::npos);
  for (int i = 0; i < 9; ++i) {
    auto host = test::host_result("<old" + std::to_string(i) + '>', Outcome::ok, {"", "SSH-2.0-x"});
    host.attempts[0].evidence.kexinit =
        std::make_shared<const ssh::Kexinit>(test::kexinit({.host_key = "ssh-rsa"}));
    summary.add(host);
  }
  const auto html = html_report(make_report(summary));
  CHECK(times(html, "id=\"forecast\"") == 1);
  CHECK(html.find("From the offers of 9 hosts; 1 host made none, and what would become of them") !=
        std::string::npos);
  CHECK(html.find("<code>openssh-10.6</code></small></th><td class=\"num\">9</td>") !=
        std::string::npos);
  CHECK(html.find("host_key 9") != std::string::npos);
  CHECK(html.find("&lt;old") != std::string::npos);
  CHECK(html.find("<old") == std::string::npos);
  CHECK(html.find(" and 3 more") != std::string::npos);
  CHECK(html.find("<code>openssh-7.4</code></small></th>") == std::string::npos);  // loses none
}
