#include "reports/history/history.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "tests/inventory/support/temporary_files.h"
#include "tests/support/host_result.h"

namespace fleetscan::history {
namespace {

using test::host_result;
using test::nightly_run;
using Names = std::vector<std::string>;

/// One host's part of one night: nothing if the inventory did not name it.
struct Look {
  std::string host;
  probe::Outcome outcome = probe::Outcome::ok;
  test::Said said = {};
};

class Nights {
 public:
  std::int64_t record(const std::vector<Look>& looks, bool complete = true,
                      const std::string& vantage = "fra1") {
    history.begin(nightly_run(++night_, looks.size(), vantage));
    for (const auto& look : looks) history.add(host_result(look.host, look.outcome, look.said));
    return history.end({.complete = complete});
  }
  summary::Past past(std::int64_t run) { return history.past(run); }
  /// The first column of what another SQLite tool reads.
  Names column(const std::string& sql) const {
    history::Database other(path, false);
    history::Statement statement(other, sql);
    Names found;
    while (statement.step()) found.push_back(statement.text(0));
    return found;
  }

 private:
  test::TemporaryFiles files_;
  std::uint64_t night_ = 0;

 public:
  const std::string path = files_.path() + "/history.db";
  history::History history{path, history::History::Access::write};
};

constexpr auto kDown = probe::Outcome::connect_timeout;
constexpr auto kRefused = probe::Outcome::connect_refused;
constexpr auto kUp = probe::Outcome::ok;

TEST_CASE("a first night has nothing to compare with") {
  Nights nights;
  const auto run = nights.record({{"a"}, {"b", kDown}});
  CHECK(nights.past(run).first);
  CHECK(nights.past(run).fresh.empty());
  CHECK(nights.past(run).added.empty());
  CHECK(nights.past(run).failing_since.contains("b:22"));
  CHECK(nights.history.run(run)->fresh == 0);
  CHECK_FALSE(nights.past(nights.record({{"a"}, {"b", kDown}})).first);
  const auto elsewhere = nights.record({{"a", kDown}}, true, "iad1");
  CHECK(nights.past(elsewhere).first);
}

TEST_CASE("an old night tells what was so then") {
  Nights nights;
  nights.record({{"a"}, {"b", kDown}, {"gone", kDown}});
  const auto second = nights.record({{"a", kDown}, {"b", kDown}, {"gone", kDown}});
  const auto third = nights.record({{"a"}, {"b", kRefused}});
  const auto last = nights.record({{"a"}, {"b"}, {"new"}});
  const auto since = [&](std::int64_t run) {
    std::map<std::string, std::int64_t> found;
    for (const auto& [target, when] : nights.past(run).failing_since)
      for (std::int64_t id = 1; id <= run; ++id)
        if (nights.history.run(id)->started == when) found[target] = id;
    return found;
  };
  CHECK(since(second) ==
        std::map<std::string, std::int64_t>{{"a:22", 2}, {"b:22", 1}, {"gone:22", 1}});
  CHECK(since(third) == std::map<std::string, std::int64_t>{{"b:22", 1}});
  CHECK(since(last).empty());
  CHECK(nights.past(second).fresh == Names{"a:22"});
  CHECK(nights.past(third).removed == Names{"gone:22"});
  CHECK(nights.past(last).added == Names{"new:22"});
  CHECK_FALSE(nights.history.is_latest(third));
  CHECK(nights.history.is_latest(last));
}

TEST_CASE("an incomplete run that was resumed is one run") {
  Nights nights;
  const auto take = [&](bool complete) {
    nights.history.begin(nightly_run(7, 1));
    nights.history.add(host_result("a", kUp));
    return nights.history.end({.complete = complete});
  };
  take(false);
  take(false);
  const auto whole = take(true);
  CHECK(nights.history.runs().size() == 1);
  CHECK(nights.history.run(whole)->complete);
  CHECK_THROWS_AS(take(true), SqliteError);
}

TEST_CASE("hosts that begin and cease to fail") {
  Nights nights;
  const auto first = nights.record({{"a"}, {"b", kDown}, {"c", kDown}});
  const auto second = nights.record({{"a", kRefused}, {"b"}, {"c", kRefused}});
  const auto past = nights.past(second);
  CHECK(past.fresh == Names{"a:22"});
  CHECK(past.recovered == Names{"b:22"});
  const auto started = nights.history.run(first)->started;
  CHECK(past.failing_since.at("c:22") == started);  // another class is no recovery
  CHECK(nights.history.run(second)->fresh == 1);
}

TEST_CASE("what failing and recovered hosts were in the last runs") {
  Nights nights;
  nights.record({{"a"}, {"b", kDown}, {"c"}});
  nights.record({{"a", kDown}, {"b"}, {"c"}});
  nights.record({{"a", kRefused}, {"c"}});             // without b, which stays what it was
  nights.record({{"a"}, {"b", kDown}, {"c"}}, false);  // incomplete: no run to compare with
  const auto past = nights.past(nights.record({{"a"}, {"b", kDown}, {"c"}, {"d", kDown}}));
  CHECK(past.courses ==
        std::map<std::string, std::string>{{"a:22", "oxxo"}, {"b:22", "xoox"}, {"d:22", "...x"}});
  REQUIRE(past.before());
  CHECK(past.before()->tally.failing() == 1);
  for (int night = 0; night < 30; ++night) nights.record({{"b", kDown}});
  const auto later = nights.past(nights.record({{"b", kDown}}));
  CHECK(later.courses.at("b:22") == std::string(kFlapWindow, summary::Past::kDown));
}

TEST_CASE("a degraded host does not fail") {
  Nights nights;
  nights.record({{"a", probe::Outcome::ok_slow}});
  CHECK(nights.past(nights.record({{"a", kDown}})).fresh == Names{"a:22"});
  CHECK(nights.past(nights.record({{"a", probe::Outcome::ok_after_retry}})).recovered ==
        Names{"a:22"});
}

TEST_CASE("only a host that was probed changes its state") {
  Nights nights;
  const auto first = nights.record({{"a", kDown}, {"b"}, {"c", kDown}});
  const auto second = nights.record({{"a", probe::Outcome::scanner_resources},
                                     {"b", probe::Outcome::not_probed},
                                     {"c", probe::Outcome::skipped}});
  CHECK(nights.past(second).recovered.empty());
  CHECK(nights.past(second).failing_since.at("a:22") == nights.history.run(first)->started);
  const auto third = nights.record({{"a"}, {"b", kDown}});
  CHECK(nights.past(third).recovered == Names{"a:22"});
  CHECK(nights.past(third).fresh == Names{"b:22"});
}

TEST_CASE("an incomplete run changes nothing, and says what it counted") {
  Nights nights;
  nights.record({{"a"}, {"b", kDown}});
  const auto broken = nights.record({{"a", kDown}, {"b"}}, false);
  CHECK_FALSE(nights.history.run(broken)->complete);
  CHECK(nights.history.run(broken)->tally[kDown] == 1);
  CHECK(nights.past(broken).fresh.empty());
  const auto third = nights.record({{"a"}, {"b"}});
  CHECK(nights.past(third).recovered == Names{"b:22"});
  CHECK(nights.past(third).fresh.empty());
}

TEST_CASE("a run with fewer results than targets is not complete") {
  Nights nights;
  nights.history.begin(nightly_run(50, 2));
  nights.history.add(host_result("a", kUp));
  CHECK_FALSE(nights.history.run(nights.history.end({.complete = true}))->complete);
}

TEST_CASE("vantages are compared with themselves alone") {
  Nights nights;
  nights.record({{"a"}}, true, "fra1");
  const auto other = nights.record({{"a", kDown}}, true, "iad1");
  nights.record({{"a"}}, true, "fra1");
  const auto run = nights.record({{"a", kDown}}, true, "iad1");
  CHECK(nights.past(run).fresh.empty());
  CHECK(nights.past(run).failing_since.at("a:22") == nights.history.run(other)->started);
  CHECK(nights.past(run).runs.size() == 2);
  CHECK(nights.history.failed("fra1", "a:22") == false);
  CHECK(nights.history.failed("iad1", "a:22") == true);
  CHECK_FALSE(nights.history.failed("sin1", "a:22"));
}

TEST_CASE("changed host keys and software") {
  Nights nights;
  nights.record({{"a", kUp, {"key1", "SSH-2.0-OpenSSH_9.2"}}});
  const auto down = nights.record({{"a", kDown}});
  CHECK(nights.past(down).key_changed.empty());
  const auto run = nights.record({{"a", kUp, {"key2", "SSH-2.0-OpenSSH_9.8"}}});
  CHECK(nights.past(run).key_changed == Names{"a:22"});
  CHECK(nights.past(run).software_changed == Names{"a:22"});
  nights.record({{"a", kUp, {"key2", "SSH-2.0-OpenSSH_9.8"}}});
  const auto host = nights.history.host("a:22");
  REQUIRE(host.keys.size() == 2);
  CHECK(host.keys[0].what == "ssh-ed25519 SHA256:key1");
  CHECK(host.keys[0].until == nights.history.run(run)->started);
  CHECK(host.keys[1].what == "ssh-ed25519 SHA256:key2");
  CHECK_FALSE(host.keys[1].until);
  CHECK(host.software.size() == 2);
  CHECK(host.states.size() == 3);
}

TEST_CASE("a key whose proof was not checked is no changed key") {
  Nights nights;
  nights.record({{"a", kUp, {"key1"}}});
  auto unproved = host_result("a", kUp, {"key2"});
  unproved.attempts[0].evidence.host_key->verified = false;
  nights.history.begin(nightly_run(99, 1));
  nights.history.add(unproved);
  CHECK(nights.past(nights.history.end({.complete = true})).key_changed.empty());
}

TEST_CASE("a subnet goes dark when its last host begins to fail") {
  Nights nights;
  const auto in = [](const char* host, probe::Outcome outcome, const char* address) {
    return Look{host, outcome, {.address = address}};
  };
  const auto looks = [&](probe::Outcome a, probe::Outcome b, probe::Outcome c) {
    return std::vector<Look>{in("a", a, "10.0.0.1"), in("b", b, "10.0.0.2"), in("c", c, "10.0.0.3"),
                             in("d", kUp, "10.0.1.1"), in("lonely", a, "10.0.2.1")};
  };
  CHECK(nights.past(nights.record(looks(kUp, kDown, kDown))).dark.empty());
  CHECK(nights.past(nights.record(looks(kDown, kDown, kDown))).dark == Names{"10.0.0.0/24"});
  CHECK(nights.past(nights.record(looks(kDown, kDown, kDown))).dark.empty());
}

TEST_CASE("hosts that leave the inventory, and come back") {
  Nights nights;
  nights.record({{"a"}, {"b", kDown}});
  const auto without = nights.record({{"a"}});
  CHECK(nights.past(without).recovered.empty());
  CHECK(nights.past(without).removed == Names{"b:22"});
  CHECK(nights.past(without).failing_since.empty());
  const auto left = nights.history.host("b:22");
  CHECK(left.states.at(0).until == nights.history.run(without)->started);
  CHECK_FALSE(left.absences.at(0).until);
  CHECK(nights.column("SELECT target FROM v_missing") == Names{"b:22"});
  const auto back = nights.record({{"a"}, {"b"}, {"new"}});
  CHECK(nights.column("SELECT target FROM v_missing").empty());
  CHECK(nights.past(back).recovered == Names{"b:22"});
  CHECK(nights.past(back).fresh.empty());
  CHECK(nights.past(back).added == Names{"b:22", "new:22"});
  CHECK(nights.past(without).removed == Names{"b:22"});  // still so
  const auto host = nights.history.host("b:22");
  CHECK(host.absences.at(0).until == nights.history.run(back)->started);
  CHECK_FALSE(host.states.back().until);
}

TEST_CASE("the targets of a host, whatever their ports") {
  Nights nights;
  nights.record({{"web1"}, {"web10"}, {"2001:db8::1"}});
  CHECK(nights.history.targets_of("web1") == Names{"web1:22"});
  CHECK(nights.history.targets_of("2001:db8::1") == Names{"[2001:db8::1]:22"});
  CHECK(nights.history.targets_of("[2001:db8::1]") == Names{"[2001:db8::1]:22"});
  CHECK(nights.history.targets_of("web").empty());
}

TEST_CASE("every view can be read by another tool while the history is open") {
  Nights nights;
  nights.record({{"a", kUp, {"key1", "SSH-2.0-a"}}, {"b", kDown}});
  nights.record({{"a", kDown, {"key2", "SSH-2.0-b"}}});
  const auto views = nights.column("SELECT name FROM sqlite_schema WHERE type = 'view'");
  CHECK(views.size() == 14);
  for (const auto& view : views) {
    CAPTURE(view);
    CHECK_NOTHROW(nights.column("SELECT * FROM " + view));
  }
  CHECK(nights.column("SELECT failing FROM v_run ORDER BY id") == Names{"1.0", "1.0"});
  CHECK(nights.column("SELECT since FROM v_still_failing WHERE target = 'a:22'") ==
        Names{"2024-10-06T00:00:00Z"});
}

TEST_CASE("runs come once each, and a clock that was set back does not end a history") {
  Nights nights;
  const auto take = [&](std::uint64_t night) {
    nights.history.begin(nightly_run(night, 0));
    return nights.history.end({.complete = true});
  };
  take(10);
  CHECK_THROWS_WITH_AS(take(10), "run fra1-10 is already in the history", SqliteError);
  CHECK_NOTHROW(take(9));
  CHECK_NOTHROW(take(11));
  CHECK(nights.history.find("fra1-11"));
  CHECK(nights.history.runs().size() == 3);
  CHECK(nights.history.runs("iad1").empty());
}

TEST_CASE("what is not a history is refused and left alone") {
  test::TemporaryFiles files;
  const auto text = files.write("text", "hello, this is no database at all, but a long text");
  CHECK_THROWS_AS(History(text, History::Access::write), SqliteError);
  const auto other = files.path() + "/other.db";
  history::Database(other, true).execute("CREATE TABLE t(x); PRAGMA user_version = 7");
  CHECK_THROWS_AS(History(other, History::Access::write), SqliteError);
  CHECK(Database(other, false).integer("PRAGMA user_version") == 7);
  const auto newer = files.path() + "/newer.db";
  { history::History history(newer, history::History::Access::write); }
  history::Database(newer, true).execute("PRAGMA user_version = 99");
  CHECK_THROWS_AS(History(newer, History::Access::read), SqliteError);
  CHECK_THROWS_AS(History(files.path() + "/missing.db", History::Access::read), SqliteError);
}

TEST_CASE("pruning forgets runs and keeps what is still so") {
  Nights nights;
  nights.record({{"a"}, {"b", kDown}, {"c", kUp, {"key1"}}});
  nights.record({{"a", kDown}, {"b", kDown}, {"c", kUp, {"key2"}}});
  const auto third = nights.record({{"a"}, {"b", kDown}, {"c", kUp, {"key3"}}});
  const auto last = nights.record({{"a"}, {"b", kDown}, {"c", kDown}});
  const auto oldest_kept = nights.history.run(third)->started;
  CHECK(nights.history.prune(oldest_kept, WallTime::max()) == 2);
  CHECK(nights.history.runs().size() == 2);
  CHECK(nights.past(last).fresh == Names{"c:22"});
  CHECK(nights.past(last).failing_since.at("b:22") == oldest_kept);
  CHECK(nights.past(third).fresh.empty());
  CHECK(nights.history.host("c:22").keys.size() == 1);
  CHECK(nights.history.host("a:22").states.size() == 1);
  CHECK(nights.history.prune(oldest_kept + std::chrono::hours(9999), WallTime::max()) ==
        1);  // the last one stays
  CHECK(nights.past(nights.record({{"b"}})).recovered == Names{"b:22"});
}

/// All nights kept as they were, and every question answered by looking through them.
class BruteForce {
 public:
  struct Night {
    std::map<std::string, probe::Outcome> looks;
    bool complete = true;
  };
  std::vector<Night> nights;

  enum class Seen { nothing, fails, works };
  [[nodiscard]] Seen seen(const std::string& host, std::size_t night) const {
    const auto found = nights[night].looks.find(host);
    if (!nights[night].complete || found == nights[night].looks.end()) return Seen::nothing;
    switch (probe::state_of(found->second)) {
      case probe::State::unreachable: return Seen::fails;
      case probe::State::reachable:
      case probe::State::degraded: return Seen::works;
      case probe::State::unknown:
      case probe::State::skipped: return Seen::nothing;
    }
    return Seen::nothing;
  }
  /// What the last look before `night` saw.
  [[nodiscard]] Seen before(const std::string& host, std::size_t night) const {
    while (night-- > 0)
      if (const auto what = seen(host, night); what != Seen::nothing) return what;
    return Seen::nothing;
  }
  [[nodiscard]] Names hosts(const std::function<bool(const std::string&)>& wanted) const {
    std::set<std::string> found;
    for (const auto& night : nights)
      for (const auto& [host, outcome] : night.looks)
        if (wanted(host)) found.insert(host + ":22");
    return {found.begin(), found.end()};
  }
  [[nodiscard]] Names fresh(std::size_t night) const {
    const auto complete = [](const Night& each) { return each.complete; };
    const auto end = nights.begin() + static_cast<std::ptrdiff_t>(night);
    if (std::none_of(nights.begin(), end, complete)) return {};
    return hosts([&](auto& host) {
      return seen(host, night) == Seen::fails && before(host, night) != Seen::fails;
    });
  }
  [[nodiscard]] Names recovered(std::size_t night) const {
    return hosts([&](auto& host) {
      return seen(host, night) == Seen::works && before(host, night) == Seen::fails;
    });
  }
  /// Changes within the last complete runs up to `night`.
  [[nodiscard]] int turns(const std::string& host, std::size_t night) const {
    int changes = 0, runs = 0;
    for (auto n = night + 1; n-- > 0;) {
      if (!nights[n].complete) continue;
      if (++runs == history::kFlapWindow) break;  // its change happened before the window
      const auto now = seen(host, n), earlier = before(host, n);
      if (now != Seen::nothing && earlier != Seen::nothing && now != earlier) ++changes;
    }
    return changes;
  }
  [[nodiscard]] Names flapping(std::size_t night) const {
    return hosts([&](auto& host) {
      bool flaps = false;
      for (std::size_t n = 0; n <= night; ++n) {
        if (!nights[n].complete) continue;
        if (turns(host, n) >= history::kFlapStart) flaps = true;
        if (turns(host, n) <= history::kFlapEnd) flaps = false;
      }
      return flaps;
    });
  }
};

TEST_CASE("new, recovered and flapping equal a search through all nights") {
  rc::check("history equals brute force", [] {
    Nights recorded;
    BruteForce brute;
    const auto nights = *rc::gen::inRange(1, 40);
    // Weights make long quiet stretches as likely as restless ones.
    const auto restless = *rc::gen::inRange(1, 60);
    std::map<std::string, probe::Outcome> current;
    for (int host = 0; host < 6; ++host) current["h" + std::to_string(host)] = kUp;
    for (int night = 0; night < nights; ++night) {
      BruteForce::Night tonight;
      tonight.complete = *rc::gen::inRange(0, 8) != 0;
      std::vector<Look> looks;
      for (auto& [host, outcome] : current) {
        if (*rc::gen::inRange(0, 100) < restless)
          outcome = *rc::gen::element(kUp, kDown, kRefused, probe::Outcome::ok_slow);
        const auto luck = *rc::gen::inRange(0, 20);
        if (luck == 0) continue;  // not in tonight's inventory
        const auto said = luck == 1 ? probe::Outcome::scanner_resources : outcome;
        looks.push_back({host, said});
        tonight.looks[host] = said;
      }
      brute.nights.push_back(tonight);
      const auto id = recorded.record(looks, tonight.complete);
      const auto at = static_cast<std::size_t>(night);
      if (!tonight.complete) continue;
      const auto past = recorded.past(id);
      RC_ASSERT(past.fresh == brute.fresh(at));
      RC_ASSERT(past.recovered == brute.recovered(at));
      RC_ASSERT(past.flapping == brute.flapping(at));
    }
  });
}

TEST_CASE("a host that flaps calms down only after a while") {
  Nights nights;
  std::int64_t run = 0;
  for (int night = 0; night < 5; ++night) run = nights.record({{"a", night % 2 ? kDown : kUp}});
  CHECK(nights.past(run).flapping == Names{"a:22"});
  int quiet = 0;
  while (!nights.past(run).flapping.empty() && quiet < 100) {
    run = nights.record({{"a"}});
    ++quiet;
  }
  // Nights 2 to 5 changed; when only the last of them is within 21 runs, it is over.
  CHECK(quiet == 19);
}

}  // namespace
}  // namespace fleetscan::history
