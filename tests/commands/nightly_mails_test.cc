// Seven simulated nights with planted changes, and the mail of each, word for word.
//
// After a change of words: FLEETSCAN_NEW_GOLDEN=tests/golden/mails writes the texts anew, to be
// read before they are committed.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/output_file.h"
#include "commands/history_command.h"
#include "commands/run_recorder.h"
#include "reports/render/mail.h"
#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"

namespace fleetscan::commands {
namespace {

using probe::Outcome;
using Names = std::vector<std::string>;

/// The fleet as it is in one night: 3 racks of 12 hosts, each rack in a subnet of its own.
struct Host {
  Outcome outcome = Outcome::ok;
  std::string key, software, address, rack;
};
using Fleet = std::map<std::string, Host>;

constexpr int kRackSize = 12;
const std::string kOld = "SSH-2.0-OpenSSH_9.2p1", kNew = "SSH-2.0-OpenSSH_9.8p1";

std::string name_of(const std::string& rack, int number) {
  return rack + (number < 10 ? "0" : "") + std::to_string(number);
}

Fleet first_night() {
  Fleet fleet;
  int subnet = 0;
  for (const std::string rack : {"app", "db", "web"}) {
    ++subnet;
    for (int number = 1; number <= kRackSize; ++number) {
      const auto name = name_of(rack, number);
      fleet[name] = {Outcome::ok, "key-of-" + name, kOld,
                     "10.1." + std::to_string(subnet) + "." + std::to_string(number), rack};
    }
  }
  fleet["db01"].outcome = Outcome::connect_refused;
  fleet["app09"].outcome = Outcome::banner_closed_fast;
  return fleet;
}

/// What happens before a night, and whom its mail must name for it.
struct Night {
  void (*happens)(Fleet& fleet);
  Names named;
};

const Night kNights[] = {
    {[](Fleet&) {}, {}},
    {[](Fleet&) {}, {}},
    // A whole subnet goes dark; a host begins to flap.
    {[](Fleet& fleet) {
       for (int i = 1; i <= kRackSize; ++i)
         fleet[name_of("web", i)].outcome = Outcome::connect_timeout;
       fleet["app11"].outcome = Outcome::banner_reset;
     },
     {"10.1.3.0/24", "web[01-12]", "app11"}},
    // A host key changes while the subnet is still dark; a host recovers; another class of the same
    // family is no news.
    {[](Fleet& fleet) {
       fleet["app03"].key = "another-key";
       fleet["db01"].outcome = Outcome::ok;
       fleet["app09"].outcome = Outcome::banner_closed_late;
       fleet["app11"].outcome = Outcome::ok;
     },
     {"app03", "db01", "app11"}},
    // Hosts leave and come, one of these fails; others are upgraded.
    {[](Fleet& fleet) {
       fleet.erase("db11");
       fleet.erase("db12");
       fleet["new01"] = {Outcome::ok, "key-of-new01", kNew, "10.1.4.1", "new"};
       fleet["new02"] = {Outcome::connect_refused, "", "", "10.1.4.2", "new"};
       for (int i = 4; i <= 7; ++i) fleet[name_of("app", i)].software = kNew;
       fleet["app11"].outcome = Outcome::banner_reset;
     },
     {"db[11-12]", "new[01-02]", "new02", "app[04-07]", "app11"}},
    // The dark subnet is back; a rack fails for another reason.
    {[](Fleet& fleet) {
       for (int i = 1; i <= kRackSize; ++i) fleet[name_of("web", i)].outcome = Outcome::ok;
       for (int i = 2; i <= 6; ++i) fleet[name_of("db", i)].outcome = Outcome::banner_throttled;
       fleet["app11"].outcome = Outcome::ok;
     },
     {"web[01-12]", "db[02-06]", "app11"}},
    // A host that left is back, and its key is another one; one more host fails like its neighbors.
    {[](Fleet& fleet) {
       fleet["db11"] = {Outcome::ok, "fresh-key", kNew, "10.1.2.11", "db"};
       fleet["db07"].outcome = Outcome::banner_throttled;
     },
     {"db11", "db07"}},
};

std::vector<probe::HostResult> results_of(const Fleet& fleet) {
  std::vector<probe::HostResult> results;
  for (const auto& [name, host] : fleet) {
    const bool up = host.outcome == Outcome::ok;
    results.push_back(test::host_result(
        name, host.outcome,
        {up ? host.key : "", up ? host.software : "", host.address, {{"rack", host.rack}}}));
  }
  return results;
}

/// All nights, one history.
class Watch {
 public:
  Watch() {
    auto fleet = first_night();
    std::uint64_t number = 0;
    for (const auto& night : kNights) {
      night.happens(fleet);
      mails.push_back(record(++number, results_of(fleet)));
    }
  }
  [[nodiscard]] test::Ended history(Names words) const {
    words.insert(words.end(), {"--db", database_});
    return test::ended([&] { return run_history(words); });
  }

 private:
  std::string record(std::uint64_t number, const std::vector<probe::HostResult>& hosts) {
    ReportSet reports{Outputs{}};
    RecorderSettings settings;
    settings.fail_if = {std::get<summary::Condition>(summary::parse_condition("new > 0")),
                        std::get<summary::Condition>(summary::parse_condition("key_changed > 0"))};
    RunRecorder recorder(
        reports, std::move(settings),
        std::make_unique<history::History>(database_, history::History::Access::write));
    recorder.begin(test::nightly_run(number, hosts.size()));
    for (const auto& host : hosts) recorder.add(host);
    recorder.end({.complete = true, .probed = hosts.size(), .duration = std::chrono::seconds(21)});
    const auto report = recorder.finish();
    verdicts.push_back(report.gate.verdict);
    return render::mail(report, "fra1", {"/srv/fleetscan/latest/report.html"}, false);
  }

  test::TemporaryFiles files_;
  const std::string database_ = files_.path() + "/history.db";

 public:
  std::vector<std::string> mails;
  std::vector<summary::GateVerdict> verdicts;
};

TEST_CASE("mails of seven nights: the golden texts") {
  const Watch watch;
  for (std::size_t i = 0; i < watch.mails.size(); ++i) {
    const auto name = "/night" + std::to_string(i + 1) + ".txt";
    if (const char* folder = std::getenv("FLEETSCAN_NEW_GOLDEN"))
      write_report(folder + name, watch.mails[i]);
    CHECK(watch.mails[i] == content(FLEETSCAN_GOLDEN "/mails" + name));
  }
}

TEST_CASE("mails of seven nights: every change is named, and nothing old before it") {
  const Watch watch;
  for (std::size_t i = 0; i < watch.mails.size(); ++i) {
    const auto& mail = watch.mails[i];
    CAPTURE(mail);
    const auto old = std::min(mail.find("Failing before"), mail.find("Still failing"));
    for (const auto& name : kNights[i].named) {
      CAPTURE(name);
      CHECK(mail.find(name) < old);
    }
    const auto subject = mail.substr(0, mail.find('\n'));
    CHECK(std::ranges::count(subject, ' ') <= 14);
    CHECK(mail.find("/srv/fleetscan/latest/report.html") != mail.npos);
  }
  using summary::GateVerdict;
  const auto pass = GateVerdict::pass, fail = GateVerdict::fail;
  CHECK(watch.verdicts == std::vector{pass, pass, fail, fail, fail, fail, fail});
}

TEST_CASE("since when a host fails is told by one command, whatever its port") {
  const Watch watch;
  const auto failing = watch.history({"host", "db07"});
  CHECK(failing.status == 0);
  CHECK(failing.out.starts_with(
      "db07:22 from fra1: fails since 2024-10-11 00:00 (banner_throttled)\n"));
  CHECK(watch.history({"host", "app09"})
            .out.starts_with(
                "app09:22 from fra1: fails since 2024-10-05 00:00 (banner_closed_late)\n"));
  CHECK(
      watch.history({"host", "db12"})
          .out.starts_with(
              "db12:22 from fra1: not in the inventory since 2024-10-09 00:00, when it was ok\n"));
}

}  // namespace
}  // namespace fleetscan::commands
