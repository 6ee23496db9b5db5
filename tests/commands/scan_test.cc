// Scans of a small simulated fleet, from options to exit status, within this process.

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>

#include "base/lock_file.h"
#include "commands/scan_command.h"
#include "reports/records/result_file.h"
#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"
#include "tests/support/environment.h"
#include "tests/support/fleet_thread.h"

namespace fleetscan::commands {
namespace {

using namespace std::chrono_literals;
using probe::Outcome;
using test::FleetThread;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A results file, as its readers see it.
struct Stored {
  explicit Stored(const std::string& path) {
    complaints = records::read_result_file(path, records::feed(*this));
  }
  void begin(const probe::RunInfo& info) { run = info; }
  void add(const probe::HostResult& result) { hosts.emplace(result.target.host, result); }
  void end(const probe::RunEnd& record) { ending = record; }

  [[nodiscard]] const probe::HostResult& host(const std::string& name) const {
    REQUIRE(hosts.count(name) == 1);
    return hosts.find(name)->second;
  }

  probe::RunInfo run;
  std::multimap<std::string, probe::HostResult> hosts;
  std::optional<probe::RunEnd> ending;
  Words complaints;
};

/// A folder for outputs, and the means to scan into it.
class Bench {
 public:
  [[nodiscard]] std::string path(const std::string& name) const {
    return files_.path() + '/' + name;
  }
  std::string write(const std::string& name, std::string_view text) {
    return files_.write(name, text);
  }
  [[nodiscard]] Stored stored() const { return Stored(path("results.jsonl")); }

  /// Scans without a second attempt, and stores the results.
  [[nodiscard]] test::Ended scan(std::uint16_t port, Words words) const {
    const Words usual{
        "-p",           std::to_string(port), "--retries", "0",       "--patience",         "0",
        "--no-sandbox", "--threads",          "1",         "--jsonl", path("results.jsonl")};
    words.insert(words.begin(), usual.begin(), usual.end());
    const auto options = options_of_words(words);
    return test::ended([&] { return run_scan(options, "0.0.0"); });
  }
  /// Scans hosts on which nothing listens.
  [[nodiscard]] test::Ended closed(Words words = {"127.2.0.1", "127.2.0.2"}) const {
    return scan(1, std::move(words));
  }

 private:
  test::Environment quiet_{{"GITHUB_ACTIONS", std::nullopt},
                           {"GITHUB_STEP_SUMMARY", std::nullopt},
                           {"FORCE_COLOR", std::nullopt},
                           {"CLICOLOR_FORCE", std::nullopt},
                           {"SQLITE_TMPDIR", std::nullopt}};
  test::TemporaryFiles files_;
};

TEST_CASE("scan: a healthy fleet passes, host by host") {
  const Bench bench;
  const FleetThread fleet("127.1.0.0/16 healthy\n");
  const auto said = bench.scan(fleet.port(), {"127.1.0.0/29", "--vantage", "fra1"});
  CHECK(said.status == 0);
  CHECK(said.out.starts_with("PASS"));
  const auto stored = bench.stored();
  CHECK(stored.complaints.empty());
  CHECK(stored.run.vantage == "fra1");
  CHECK(stored.run.targets == 8);
  CHECK(stored.hosts.size() == 8);
  for (const auto& [name, host] : stored.hosts) CHECK(host.outcome == Outcome::ok);
  REQUIRE(stored.ending);
  CHECK(stored.ending->complete);
  CHECK(stored.ending->probed == 8);
  CHECK(stored.ending->counts == std::map<Outcome, std::uint64_t>{{Outcome::ok, 8}});
}

TEST_CASE("scan: the status is the gate's") {
  const Bench bench;
  const struct {
    Words words;
    int status;
  } cases[] = {
      {{"127.2.0.1"}, 1},
      {{"127.2.0.1", "--exit-zero"}, 0},
      {{"127.2.0.1", "--fail-if", "failing > 1"}, 0},
      {{"127.2.0.1", "--fail-if", "failin > 1", "--exit-zero"}, 2},
      {{"/nonexistent/hosts.txt", "--exit-zero"}, 2},
      {{"127.2.0.1", "--known-hosts", "/nonexistent/known_hosts"}, 2},
      {{"127.2.0.1", "--canary", "10.0.0.0/33"}, 2},
      {{"127.2.0.1", "--history", "/nonexistent/history.db", "--lock", bench.path("lock")}, 4},
      {{"127.2.0.1", "--json", "/nonexistent/report.json", "--exit-zero"}, 4},
      {{"127.2.0.1", "-o", "/dev/null/out"}, 4},
      {{"127.2.0.1", "--csv", "/dev/full"}, 4},
      {{"127.2.0.1", "--deadline", "0", "--exit-zero"}, 3},
  };
  for (const auto& [words, status] : cases) {
    const auto said = bench.closed(words);
    CAPTURE(words.back());
    CAPTURE(said.err);
    CHECK(said.status == status);
  }
}

TEST_CASE("scan: nothing is probed if an output cannot be written") {
  const Bench bench;
  FleetThread fleet("127.1.0.0/16 healthy\n");
  CHECK(bench.scan(fleet.port(), {"127.1.0.1", "--html", "/nonexistent/a.html"}).status == 4);
  fleet.stop();
  CHECK(fleet.statistics().connections() == 0);
}

TEST_CASE("scan: what its deadline left open is finished by --resume, and only that") {
  const Bench bench;
  FleetThread fleet("127.1.0.0/16 healthy\n127.1.0.2 healthy fail=silent fail_first=1\n");
  const Words words{"127.1.0.0/30", "--depth", "banner", "--no-diagnose"};
  auto short_of_time = words;
  short_of_time.insert(short_of_time.end(), {"--deadline", "2"});
  const auto first = bench.scan(fleet.port(), short_of_time);
  CHECK(first.status == 3);
  CHECK(first.out.starts_with("INCOMPLETE"));
  const auto cut = bench.stored();
  REQUIRE(cut.ending);
  CHECK_FALSE(cut.ending->complete);
  CHECK(cut.host("127.1.0.2").state() == probe::State::unknown);
  CHECK(cut.host("127.1.0.1").outcome == Outcome::ok);

  auto resuming = words;
  resuming.insert(resuming.end(), {"--resume", bench.path("results.jsonl")});
  const auto second = bench.scan(fleet.port(), resuming);
  CHECK(second.status == 0);
  const auto whole = bench.stored();
  REQUIRE(whole.ending);
  CHECK(whole.ending->complete);
  CHECK(whole.run.run_id == cut.run.run_id);
  CHECK(whole.hosts.size() == 4);
  CHECK(whole.host("127.1.0.2").outcome == Outcome::ok);
  fleet.stop();
  CHECK(fleet.statistics().connections() == 5);  // a second one to the silent host alone
}

TEST_CASE("scan: another inventory cannot be resumed") {
  const Bench bench;
  CHECK(bench.closed({"127.2.0.1"}).status == 1);
  const auto refused =
      bench.closed({"127.2.0.1", "127.2.0.2", "--resume", bench.path("results.jsonl")});
  CHECK(refused.status == 2);
  CHECK(has(refused.err, "it was a scan of a different inventory"));
}

TEST_CASE("scan: SIGTERM ends it, with the results so far") {
  const Bench bench;
  FleetThread fleet("127.1.0.0/16 silent\n");
  std::atomic<bool> over{false};
  std::thread interrupter([&] {
    while (!over && fleet.statistics().connections() < 2) std::this_thread::sleep_for(5ms);
    if (!over) ::kill(::getpid(), SIGTERM);  // the scan listens to it, since it has connected
  });
  const auto said = bench.scan(fleet.port(), {"127.1.0.0/30", "--banner-timeout", "30"});
  over = true;
  interrupter.join();
  CHECK(said.status == 128 + SIGTERM);
  CHECK(has(said.err, "stopping: probes in flight have 2 s to finish"));
  const auto stored = bench.stored();
  REQUIRE(stored.ending);
  CHECK_FALSE(stored.ending->complete);
  CHECK(stored.hosts.size() == 4);
  for (const auto& [name, host] : stored.hosts) CHECK(host.state() == probe::State::unknown);
}

TEST_CASE("scan: a new failure is asked twice, a known one once") {
  const FleetThread fleet(
      "127.1.0.1 close\n"
      "127.1.0.2 close\n"
      "127.1.0.3 healthy fail=close fail_first=1\n");
  const auto attempts = [&](const std::string& baseline, const Words& more) {
    Bench bench;
    Words words{"127.1.0.1", "--baseline", bench.write("baseline", baseline), "--no-diagnose"};
    words.insert(words.end(), more.begin(), more.end());
    CHECK(bench.scan(fleet.port(), words).status != 2);
    return bench.stored().host("127.1.0.1").attempts.size();
  };
  const auto accepted = "127.1.0.1:" + std::to_string(fleet.port()) + "  banner_*  2020-01-01  -\n";
  CHECK(attempts("", {}) == 2);
  CHECK(attempts("", {"--no-confirm"}) == 1);
  CHECK(attempts("", {"--max-connections-per-host", "1"}) == 1);
  CHECK(attempts(accepted, {}) == 1);

  Bench bench;
  const auto said = bench.scan(fleet.port(), {"127.1.0.2", "127.1.0.3", "--baseline",
                                              bench.write("baseline", ""), "--no-diagnose"});
  CHECK(said.status == 1);
  CHECK(has(said.out, "1 of 2 hosts fail"));
  const auto stored = bench.stored();
  CHECK(stored.host("127.1.0.3").outcome == Outcome::ok_after_retry);
  CHECK(stored.host("127.1.0.2").state() == probe::State::unreachable);
  CHECK(stored.ending->counts.at(Outcome::ok_after_retry) == 1);
}

TEST_CASE("scan: if no canary is reached, the fleet is not blamed") {
  const Bench bench;
  const FleetThread fleet("127.1.0.0/16 close\n127.2.0.0/16 healthy\n");
  const auto blind = bench.scan(fleet.port(), {"127.1.0.1", "--canary", "127.1.0.9"});
  CHECK(blind.status == 3);
  CHECK(has(blind.out, "the canary was not reached"));
  CHECK(bench.stored().hosts.size() == 1);  // the canary is none of them
  CHECK(bench.stored().ending->canaries == probe::Canaries{1, 0});

  const auto seeing =
      bench.scan(fleet.port(), {"127.1.0.1", "--canary", "127.2.0.9", "--canary", "127.1.0.9"});
  CHECK(seeing.status == 1);
  CHECK(bench.stored().ending->canaries == probe::Canaries{2, 1});
}

TEST_CASE("scan: a host key that is not the expected one is a failure") {
  Bench bench;
  const FleetThread fleet("127.1.0.0/16 healthy\n");
  const auto known_hosts = bench.write(
      "known_hosts", "[127.1.0.1]:" + std::to_string(fleet.port()) +
                         " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + std::string(43, 'A') + "\n");
  CHECK(bench.scan(fleet.port(), {"127.1.0.1", "127.1.0.2", "--known-hosts", known_hosts}).status ==
        1);
  CHECK(bench.stored().host("127.1.0.1").outcome == Outcome::host_key_changed);
  CHECK(bench.stored().host("127.1.0.2").outcome == Outcome::ok);
}

TEST_CASE("scan: a history tells from run to run what is new") {
  const Bench bench;
  const Words rules{"--history", bench.path("history.db"), "--fail-if", "new > 0"};
  const auto scan = [&](Words words) {
    words.insert(words.end(), rules.begin(), rules.end());
    return bench.closed(words);
  };
  const auto first = scan({"127.2.0.1"});
  CHECK(first.status == 0);
  CHECK(has(first.out, "PASS  first run: nothing to compare with, the only host fails"));
  const auto second = scan({"127.2.0.1"});
  CHECK(second.status == 0);
  CHECK(has(second.out, "as in the previous run"));
  const auto third = scan({"127.2.0.1", "127.2.0.2"});
  CHECK(third.status == 1);
  CHECK(has(third.out, "FAIL  1 newly failing"));
  CHECK(has(third.out, "newly failing            1  127.2.0.2:1"));
}

TEST_CASE("scan: a locked history is not touched") {
  const Bench bench;
  const LockFile lock(bench.path("history.db.lock"), "hosts.txt", std::chrono::milliseconds{0});
  REQUIRE(lock.held());
  const auto said = bench.closed({"127.2.0.1", "--history", bench.path("history.db")});
  CHECK(said.status == 3);
  CHECK(has(said.err, "history.db.lock is locked by pid "));
  CHECK_FALSE(std::filesystem::exists(bench.path("history.db")));
}

TEST_CASE("scan: the last runs are kept, each in a folder of its own") {
  Bench bench;
  bench.write("runs/20200101T000000Z-aaaaaaaa/report.json", "{}");
  bench.write("runs/20200102T000000Z-bbbbbbbb/report.json", "{}");
  const auto runs = bench.path("runs");
  CHECK(bench.closed({"127.2.0.1", "-o", runs, "--keep", "2"}).status == 1);
  CHECK_FALSE(std::filesystem::exists(runs + "/20200101T000000Z-aaaaaaaa"));
  CHECK(std::filesystem::exists(runs + "/20200102T000000Z-bbbbbbbb"));
  for (const std::string name : {"results.jsonl", "report.json", "report.html"})
    CHECK(std::filesystem::exists(runs + "/latest/" + name));
}

TEST_CASE("scan: --verbose tells of failing hosts, twice of all, --quiet names who fails") {
  const Bench bench;
  const FleetThread fleet("127.1.0.0/16 healthy\n");
  const auto verbose = bench.scan(fleet.port(), {"127.1.0.1", "-v"});
  CHECK_FALSE(has(verbose.out, "127.1.0.1:"));
  CHECK(has(verbose.err, "not confined: --no-sandbox"));
  CHECK(has(bench.scan(fleet.port(), {"127.1.0.1", "-vv"}).out,
            "ok                         127.1.0.1:"));
  CHECK(has(bench.closed({"127.2.0.1", "-v"}).out,
            "connect_refused            127.2.0.1:1  service_down: "));
  const auto quiet = bench.scan(fleet.port(), {"127.1.0.1", "-q"});
  CHECK(quiet.out + quiet.err == "");
  CHECK(bench.closed({"127.2.0.1", "127.2.0.2", "-q"}).out ==
        "connect_refused            127.2.0.1:1\nconnect_refused            127.2.0.2:1\n");
}

TEST_CASE("scan: --cron is silent while all is well, else a mail with a subject") {
  const Bench bench;
  const FleetThread fleet("127.1.0.0/16 healthy\n");
  const auto well = bench.scan(fleet.port(), {"127.1.0.1", "--cron"});
  CHECK(well.out + well.err == "");
  const auto mail = bench.closed({"127.2.0.1", "127.2.0.2", "--cron", "--vantage", "fra1"});
  CHECK(mail.out.starts_with("fleetscan fra1: 2 of 2 hosts fail\n\nFAIL"));
  CHECK(mail.err.empty());
}

TEST_CASE("scan: an output on standard output has it for itself") {
  const Bench bench;
  const auto said = bench.closed({"127.2.0.1", "--csv", "-", "-v"});
  CHECK(said.status == 1);
  CHECK(said.out.starts_with("target,"));
  CHECK(std::ranges::count(said.out, '\n') == 2);
  CHECK(has(said.err, "FAIL"));
  CHECK(has(said.err, "connect_refused            127.2.0.1:1"));
}

TEST_CASE("scan: in an Action, annotations and the step's summary") {
  const Bench bench;
  const test::Environment action{{"GITHUB_ACTIONS", "true"},
                                 {"GITHUB_STEP_SUMMARY", bench.path("summary.md")}};
  CHECK(has(bench.closed({"127.2.0.1"}).out, "\n::error"));
  CHECK(has(content(bench.path("summary.md")), "FAIL"));
}

}  // namespace
}  // namespace fleetscan::commands
