// Whatever a run writes says the same of each host: class, first cause, finding.

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "base/base64.h"
#include "commands/merge_command.h"
#include "commands/report_set.h"
#include "commands/run_recorder.h"
#include "reports/history/history.h"
#include "reports/records/result_file.h"
#include "reports/render/junit_report.h"
#include "reports/render/terminal_summary.h"
#include "reports/summary/common_cause.h"
#include "scanner/diagnosis/diagnosis.h"
#include "scanner/probe/outcome.h"
#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"
#include "tests/support/synthetic_fleet.h"

namespace fleetscan::commands {
namespace {

using nlohmann::json;

/// What an output says of a failing host.
struct Said {
  std::string outcome, cause, finding;
  bool operator==(const Said&) const = default;
};
using SaidByTarget = std::map<std::string, Said>;

constexpr std::uint64_t kHosts = 5000;

std::string title_of(const json& finding) {
  if (finding.at("kind") == "scattered") return "no common place";
  std::string title = finding.at("what");
  if (finding.contains("with")) title += " and " + finding.at("with").get<std::string>();
  return title;
}

std::string first_cause(const json& causes) {
  return causes.empty() ? std::string() : causes[0].at("cause").get<std::string>();
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

/// Hosts joined with their diagnoses, as any reader may.
SaidByTarget said_by_records(const std::string& text) {
  SaidByTarget said;
  for (const auto& line : lines_of(text)) {
    if (line.at("type") == "host" && line.at("state") == "unreachable")
      said[line.at("target")] = {line.at("class"), first_cause(line.at("causes")), ""};
    if (line.at("type") != "diagnosis") continue;
    auto& host = said.at(line.at("target"));
    CHECK(host.outcome == line.at("class").get<std::string>());
    host.cause = first_cause(line.at("causes"));
    host.finding = title_of(line.at("finding"));
  }
  return said;
}

SaidByTarget said_by_report(const std::string& text) {
  SaidByTarget said;
  const auto report = json::parse(text);
  for (const auto& host : report.at("hosts"))
    if (host.at("state") == "unreachable")
      said[host.at("target")] = {host.at("class"), first_cause(host.at("causes")),
                                 title_of(host.at("finding"))};
  return said;
}

std::vector<std::string> csv_cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

SaidByTarget said_by_csv(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  std::getline(in, line);
  const auto head = csv_cells(line);
  const auto column = [&](const std::string& name) {
    const auto found = std::ranges::find(head, name);
    REQUIRE(found != head.end());
    return static_cast<std::size_t>(found - head.begin());
  };
  const auto target = column("target"), state = column("state"), outcome = column("class"),
             cause = column("cause"), finding = column("finding");
  SaidByTarget said;
  std::size_t rows = 0;
  while (std::getline(in, line)) {
    ++rows;
    const auto cells = csv_cells(line);
    REQUIRE(cells.size() == head.size());
    if (cells[state] == "unreachable")
      said[cells[target]] = {cells[outcome], cells[cause], cells[finding]};
  }
  CHECK(rows == kHosts);
  return said;
}

json unpacked(const std::string& page, const std::string& id) {
  const auto begin = page.find("id=\"" + id + "\">");
  REQUIRE(begin != page.npos);
  const auto from = begin + id.size() + 6;
  const auto text = page.substr(from, page.find('<', from) - from);
  if (text.starts_with('{')) return json::parse(text);
  const auto packed = decode_base64(text);
  REQUIRE(packed);
  std::string bytes(std::size_t{16} << 20, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed->data()));
  stream.avail_in = static_cast<uInt>(packed->size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return json::parse(bytes);
}

SaidByTarget said_by_page(const std::string& page) {
  const auto meta = unpacked(page, "fs-meta"), texts = unpacked(page, "fs-texts"),
             rows = unpacked(page, "fs-rows-0");
  SaidByTarget said;
  for (std::size_t i = 0; i < rows.at("host").size(); ++i) {
    const auto& outcome = meta.at("classes").at(rows.at("class")[i].get<std::size_t>());
    if (outcome.at("state") != "unreachable") continue;
    const int cause = rows.at("cause")[i], finding = rows.at("finding")[i];
    said[host_and_port(rows.at("host")[i].get<std::string>(),
                       rows.at("port")[i].get<std::uint16_t>())] = {
        outcome.at("name"), cause < 0 ? "" : texts.at("cause").at(static_cast<std::size_t>(cause)),
        meta.at("findings").at(static_cast<std::size_t>(finding))};
  }
  return said;
}

/// Target to class.
std::map<std::string, std::string> classes_in_junit(const std::string& xml) {
  std::map<std::string, std::string> classes;
  static const std::regex kCase(
      "name=\"([^\" ]+:[0-9]+)[^\"]*\"[^>]*>\\s*<(?:failure|skipped) type=\"([a-z0-9_]+)\"");
  for (std::sregex_iterator each(xml.begin(), xml.end(), kCase), end; each != end; ++each)
    classes[(*each)[1]] = (*each)[2];
  return classes;
}

/// A run of a simulated fleet and all that it writes.
struct Run {
  test::TemporaryFiles folder;
  std::string db = folder.path() + "/history.db";
  ReportSet reports{Outputs{.paths = {{"jsonl", {path("jsonl")}},
                                      {"json", {path("json")}},
                                      {"csv", {path("csv")}},
                                      {"html", {path("html")}},
                                      {"junit", {path("xml")}}}}};
  RunRecorder recorder{reports, RecorderSettings{},
                       std::make_unique<history::History>(db, history::History::Access::write)};
  std::optional<summary::Report> report;

  explicit Run(std::uint64_t seed) {
    test::SyntheticFleet fleet({.hosts = kHosts, .failing_percent = 15, .seed = seed});
    recorder.begin(fleet.run());
    for (std::uint64_t i = 0; i < kHosts; ++i) {
      auto host = fleet.next();
      host.causes = diagnosis::diagnose(host);
      recorder.add(host);
    }
    recorder.end(fleet.end());
    report.emplace(recorder.finish());
    REQUIRE(recorder.errors().empty());
  }
  [[nodiscard]] std::string path(const std::string& suffix) const {
    return folder.path() + "/r." + suffix;
  }
};

}  // namespace

TEST_CASE("one diagnosis: every output of a run says the same of each of 5,000 hosts") {
  const Run run(7);
  const auto records = content(run.path("jsonl"));
  const auto said = said_by_records(records);
  REQUIRE(said.size() == run.report->summary.failing());
  CHECK(said_by_report(content(run.path("json"))) == said);
  CHECK(said_by_csv(content(run.path("csv"))) == said);
  CHECK(said_by_page(content(run.path("html"))) == said);

  std::size_t reranked = 0, with_place = 0;
  for (const auto& line : lines_of(records))
    if (line.at("type") == "host" && line.at("state") == "unreachable")
      if (first_cause(line.at("causes")) != said.at(line.at("target")).cause) ++reranked;
  for (const auto& [target, each] : said)
    if (each.finding != "no common place") ++with_place;
  CHECK(reranked > 0);  // or the test could not fail
  CHECK(with_place > 0);

  std::map<std::string, std::uint64_t> members;
  for (const auto& [target, each] : said) ++members[each.finding];
  std::map<std::string, std::uint64_t> findings;
  for (const auto& finding : run.report->findings)
    findings[summary::title_of(finding)] += finding.tally.hosts();
  CHECK(members == findings);
}

TEST_CASE("one diagnosis: JUnit, history and terminal know the same classes and findings") {
  const Run run(11);
  const auto said = said_by_records(content(run.path("jsonl")));
  const auto junit = classes_in_junit(content(run.path("xml")));
  CHECK(junit.size() == std::min<std::size_t>(said.size(), render::kMaxJunitHosts));
  for (const auto& [target, outcome] : junit) CHECK(said.at(target).outcome == outcome);
  history::History history(run.db, history::History::Access::read);
  for (const auto& [target, each] : said) {
    const auto states = history.host(target).states;
    REQUIRE(states.size() == 1);
    CHECK(states[0].what == each.outcome);
  }
  const auto text = render::terminal_summary(*run.report, {});
  const auto& first = run.report->findings.front();
  CHECK(text.find(first.what) != text.npos);
  CHECK(text.find(std::string(probe::to_string(first.outcome))) != text.npos);
}

TEST_CASE("one diagnosis: rendered again or merged, the last words are the same") {
  const Run run(3);
  const auto records = content(run.path("jsonl"));
  const auto last_words = [](const std::string& text) {
    std::vector<json> found;
    for (const auto& line : lines_of(text))
      if (line.at("type") == "diagnosis") found.push_back(line);
    return found;
  };
  ReportSet again(Outputs{.paths = {{"jsonl", {run.path("again")}}}});
  REQUIRE(read_results(run.path("jsonl"), again).empty());
  static_cast<void>(again.finish());
  CHECK(content(run.path("again")) == records);
  const auto merged = test::ended([&] {
    return run_merge({run.path("jsonl"), "-o", run.path("merged"), "-q"});
  });
  CHECK(merged.status == 0);
  CHECK(last_words(content(run.path("merged"))) == last_words(records));
}

}  // namespace fleetscan::commands
