#include "reports/records/merge.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/line_cutter.h"
#include "reports/records/result_lines.h"
#include "reports/records/result_reader.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::records;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kMidnight{};

/// A small run as data: which hosts it has, and how each ended.
struct SmallRun {
  std::optional<ShardChoice> shard = {};
  int started = 0;  ///< minutes after midnight
  std::vector<std::pair<std::string, Outcome>> hosts = {};
  std::uint64_t targets = 2;
  bool ended = true;
  bool complete = true;
};

RunInfo run_info(const SmallRun& run) {
  RunInfo info{.run_id = "run" + std::to_string(run.started), .tool = "0.1.0"};
  info.started = kMidnight + std::chrono::minutes(run.started);
  info.inventory_sha256 = std::string(64, 'a');
  info.sources = {"hosts.txt"};
  info.targets = run.targets;
  info.shard = run.shard;
  return info;
}

std::string text(const SmallRun& run) {
  std::string lines;
  append_line(lines, run_info(run));
  RunEnd end{.complete = run.complete, .probed = run.hosts.size(), .duration = 90s};
  for (const auto& [host, outcome] : run.hosts) {
    HostResult result{.target = {.host = host}, .outcome = outcome};
    result.note = "seen by run " + std::to_string(run.started);
    append_line(lines, result);
    ++end.counts[outcome];
  }
  if (run.ended) append_line(lines, end);
  return lines;
}

/// Whether files are parts of one scan, and what they give together.
struct Merged {
  std::string lines;  ///< empty if there are conflicts
  std::vector<std::string> conflicts, unreadable, missing;
};

Merged merge(const std::vector<std::string>& files) {
  Merge merge;
  for (std::size_t i = 0; i < files.size(); ++i) {
    merge.begin_input(std::string(1, static_cast<char>('a' + i)));
    LineCutter cutter(ResultReader::kMaxLineBytes,
                      [&](std::string_view line, std::uint64_t offset, bool whole) {
                        if (whole)
                          merge.add(line, offset);
                        else
                          merge.skip_line();
                      });
    cutter.feed(files[i]);
    cutter.finish();
  }
  merge.finish();
  Merged merged{{}, merge.conflicts(), merge.unreadable(), merge.missing()};
  if (!merged.conflicts.empty()) return merged;
  append_line(merged.lines, merge.run());
  for (std::size_t i = 0; i < merge.records().size(); ++i) {
    const auto& place = merge.records()[i];
    merge.append_line(merged.lines, place,
                      std::string_view(files[place.file]).substr(place.offset, place.length));
  }
  append_line(merged.lines, merge.end());
  return merged;
}

/// "a=ok b=connect_timeout complete": what a results file says.
std::string gist(const std::string& lines) {
  std::string said;
  ResultReader reader([&](Record&& record) {
    if (const auto* host = std::get_if<HostResult>(&record))
      said += host->target.host + '=' + std::string(to_string(host->outcome)) + ' ';
    if (const auto* end = std::get_if<RunEnd>(&record))
      said += (end->complete ? "complete " : "incomplete ") + std::to_string(end->probed);
  });
  reader.feed(lines);
  CHECK(reader.finish().empty());
  return said;
}

std::vector<std::string> texts(const std::vector<SmallRun>& runs) {
  std::vector<std::string> files;
  std::ranges::transform(runs, std::back_inserter(files), text);
  return files;
}

std::string with_carriage_returns(const std::string& lines) {
  std::string dos;
  for (const char c : lines) (c == '\n' ? dos += '\r' : dos) += c;
  return dos;
}

/// The runs of a scan of 6 hosts in three shards, some of them repeated, interrupted or lacking.
std::vector<std::string> any_runs() {
  constexpr Outcome kOutcomes[] = {Outcome::ok, Outcome::connect_timeout, Outcome::not_probed};
  const auto count = *rc::gen::inRange(1, 7);
  std::vector<std::string> files;
  for (int i = 0; i < count; ++i) {
    const auto index = *rc::gen::inRange(1u, 4u);
    SmallRun run{.shard = ShardChoice{index, 3}, .started = *rc::gen::inRange(0, 3) + 10 * i};
    run.ended = *rc::gen::inRange(0, 4) > 0;
    run.complete = *rc::gen::inRange(0, 4) > 0;
    for (unsigned host = 0; host < 2; ++host)
      if (*rc::gen::inRange(0, 4) > 0)
        run.hosts.emplace_back(
            "host" + std::to_string(2 * index + host),
            *rc::gen::elementOf(std::vector(std::begin(kOutcomes), std::end(kOutcomes))));
    files.push_back(text(run));
  }
  return files;
}

}  // namespace

TEST_CASE("Merge: what a scan of four billion shards lacks is counted, not listed") {
  constexpr auto kMost = std::numeric_limits<unsigned>::max();
  for (const auto index : {1U, 2U, kMost}) {
    const SmallRun run{{{index, kMost}}, 1, {{"a", Outcome::ok}}, 1};
    const auto merged = merge(texts({run}));
    REQUIRE(merged.missing.size() == 101);
    CHECK(merged.missing.back() == "4,294,967,194 further shards are missing");
  }
}

TEST_CASE("Merge: what is taken, and what is missing") {
  const SmallRun first{{{1, 2}}, 1, {{"b", Outcome::ok}, {"a", Outcome::connect_timeout}}};
  const SmallRun second{{{2, 2}}, 2, {{"d", Outcome::ok}, {"c", Outcome::ok}}};
  const SmallRun cut{{{2, 2}}, 3, {{"d", Outcome::banner_silent}}, 2, false};
  const SmallRun timed_out{{{2, 2}}, 4,    {{"d", Outcome::not_probed}, {"c", Outcome::ok}},
                           2,        true, false};
  const SmallRun whole{{}, 5, {{"a", Outcome::ok}, {"b", Outcome::ok}}};
  const SmallRun again{{}, 6, {{"b", Outcome::connect_refused}, {"a", Outcome::not_probed}}};
  struct Case {
    std::string name;
    std::vector<SmallRun> runs;
    std::string gist;
    std::vector<std::string> missing;
  };
  // clang-format off
  const std::vector<Case> cases = {
      {"all shards", {first, second}, "a=connect_timeout b=ok c=ok d=ok complete 4", {}},
      {"a shard lacks", {first}, "a=connect_timeout b=ok incomplete 2", {"shard 2 of 2 is missing"}},
      {"a shard was interrupted", {first, cut}, "a=connect_timeout b=ok d=banner_silent incomplete 3",
       {"shard 2 of 2 is incomplete", "1 of 4 targets have no result"}},
      {"an interrupted shard, and its repetition", {cut, first, second},
       "a=connect_timeout b=ok c=ok d=banner_silent complete 4", {}},
      {"a shard that ran out of time", {first, timed_out}, "a=connect_timeout b=ok c=ok d=not_probed incomplete 3",
       {"shard 2 of 2 is incomplete"}},
      {"... is filled by another run", {first, timed_out, second}, "a=connect_timeout b=ok c=ok d=ok complete 4", {}},
      {"one scan", {whole}, "a=ok b=ok complete 2", {}},
      {"the newest wins, a verdict before none", {again, whole}, "a=ok b=connect_refused complete 2", {}},
  };
  // clang-format on
  for (const auto& [name, runs, expected, missing] : cases) {
    CAPTURE(name);
    const auto merged = merge(texts(runs));
    CHECK(merged.conflicts.empty());
    CHECK(merged.unreadable.empty());
    CHECK(merged.missing == missing);
    CHECK(gist(merged.lines) == expected);
  }
}

TEST_CASE("Merge: refuses what is not of one scan") {
  const SmallRun run{{{1, 2}}, 1, {{"a", Outcome::ok}, {"b", Outcome::ok}}};
  const auto changed = [&](auto change) {
    auto info = run_info(run);
    change(info);
    std::string line;
    append_line(line, info);
    return line;
  };
  struct Case {
    std::string other, complaint;
  };
  // clang-format off
  const std::vector<Case> cases = {
      {changed([](RunInfo& i) { i.inventory_sha256[0] = 'b'; }), "b: its inventory is baaaaaaaaaaa, not aaaaaaaaaaaa"},
      {changed([](RunInfo& i) { i.shard = ShardChoice{2, 3}; }), "b: it is one of 3 shards, not of 2"},
      {changed([](RunInfo& i) { i.shard.reset(); }), "b: it is one of 1 shard, not of 2"},
      {changed([](RunInfo& i) { i.depth = Depth::banner; }), "b: its depth is banner, not kex"},
      {changed([](RunInfo& i) { i.vantage = "fra1"; }), "b: its vantage is fra1, not none: use `fleetscan compare`"},
      {changed([](RunInfo& i) { i.targets = 3; }), "b: shard 1 of 2 has a different number of targets than in an earlier file: the same inventory, but a different selection"},
      {"", "b: it contains no run record"},
      {"{\"type\":\"run\",\"schema\":\"fleetscan.result/2\"}\n", "b: it contains no run record"},
  };
  // clang-format on
  for (const auto& [other, complaint] : cases) {
    const auto merged = merge({text(run), other});
    CHECK(merged.conflicts == std::vector{complaint});
    CHECK(merged.lines.empty());
  }
}

TEST_CASE("Merge: a damaged file is told, and its shard is not complete") {
  const auto good = text({{{1, 1}}, 1, {{"a", Outcome::ok}, {"b", Outcome::ok}}});
  const auto second_line = good.find('\n') + 1;
  struct Case {
    std::string name, lines;
    std::vector<std::string> unreadable;
    std::string gist;
  };
  auto broken = good, lacking = good;
  broken[second_line] = '[';
  lacking.erase(second_line, good.find('\n', second_line) + 1 - second_line);
  // clang-format off
  const std::vector<Case> cases = {
      {"a line is no JSON", broken, {"a:2: expected '{'"}, "b=ok incomplete 1"},
      {"a line is gone", lacking, {}, "b=ok incomplete 1"},
      {"the end is gone", good.substr(0, good.rfind("{\"type\":\"end\"")), {}, "a=ok b=ok incomplete 2"},
      {"cut in a record", good.substr(0, good.find('\n', second_line) - 5), {"a:2: unfinished string"}, "incomplete 0"},
      {"only the last line feed is gone", good.substr(0, good.size() - 1), {}, "a=ok b=ok complete 2"},
      {"a line of another version", good + "{\"type\":\"news\"}\n", {}, "a=ok b=ok complete 2"},
      {"a blank line", "\n" + good + "\n", {}, "a=ok b=ok complete 2"},
      {"a record after the end", good + good.substr(second_line, good.find('\n', second_line) + 1 - second_line),
       {"a:5: a host record without its run record"}, "a=ok b=ok complete 2"},
      {"line ends of another system", with_carriage_returns(good), {}, "a=ok b=ok complete 2"},
      {"two runs in one file", good + text({{{1, 1}}, 2, {{"a", Outcome::banner_silent}, {"b", Outcome::ok}}}), {},
       "a=banner_silent b=ok complete 2"},
  };
  // clang-format on
  for (const auto& [name, lines, unreadable, expected] : cases) {
    CAPTURE(name);
    const auto merged = merge({lines});
    CHECK(merged.conflicts.empty());
    CHECK(merged.unreadable == unreadable);
    CHECK(gist(merged.lines) == expected);
    CHECK(merged.missing.empty() == (expected.find("incomplete") == expected.npos));
  }
}

TEST_CASE("Merge: any order gives the same bytes") {
  CHECK(rc::check([] {
    const auto files = any_runs();
    auto shuffled = files;
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(*rc::gen::arbitrary<unsigned>()));
    RC_ASSERT(merge(files).lines == merge(shuffled).lines);
  }));
}

TEST_CASE("Merge: any grouping gives the same bytes, and once more changes nothing") {
  CHECK(rc::check([] {
    const auto files = any_runs();
    const auto all = merge(files).lines;
    const auto cut = static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, files.size()));
    std::vector<std::string> groups;
    if (cut > 0) groups.push_back(merge({files.begin(), files.begin() + cut}).lines);
    groups.push_back(merge({files.begin() + cut, files.end()}).lines);
    RC_ASSERT(merge(groups).lines == all);
    groups.push_back(files[static_cast<std::size_t>(cut)]);
    RC_ASSERT(merge(groups).lines == all);
  }));
}

TEST_CASE("Merge: every target of every file has exactly one record") {
  CHECK(rc::check([] {
    const auto files = any_runs();
    std::vector<std::string> expected, found;
    const auto collect = [](const std::string& lines, std::vector<std::string>& targets) {
      ResultReader reader([&](Record&& record) {
        if (const auto* host = std::get_if<HostResult>(&record))
          targets.push_back(host->target.name());
      });
      reader.feed(lines);
      RC_ASSERT(reader.finish().empty());
    };
    for (const auto& file : files) collect(file, expected);
    std::ranges::sort(expected);
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    collect(merge(files).lines, found);
    RC_ASSERT(found == expected);
  }));
}
