#include "scanner/diagnosis/explain.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "scanner/diagnosis/blind_spots.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/suspects.h"
#include "scanner/probe/outcome.h"
#include "scanner/ssh/software.h"

using namespace fleetscan;
using namespace fleetscan::ssh;
using namespace fleetscan::probe;
using namespace fleetscan::diagnosis;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("causes: every row says all that it has to") {
  std::set<std::string_view> names;
  for (const auto& row : causes()) {
    CAPTURE(std::string(row.name));
    CHECK(names.insert(row.name).second);
    CHECK(parse_cause(row.name) == row.cause);
    const auto& text = text_of(row.cause);
    CHECK(text.name == row.name);
    CHECK(text.meaning.ends_with('.'));
    CHECK(text.candidates.size() >= 2);
    CHECK(!text.in_short.ends_with('.'));
  }
  CHECK(!parse_cause("ok"));
}

TEST_CASE("suspects: every failing class leads to a cause, and no other does") {
  for (const auto& row : outcomes()) {
    CAPTURE(std::string(row.name));
    const bool needs_one = row.state == State::unreachable || row.name.starts_with("proxy_") ||
                           (row.name.starts_with("scanner_") && row.name != "scanner_failure") ||
                           row.outcome == Outcome::ok_slow ||
                           row.outcome == Outcome::ok_legacy_algorithms;
    CHECK(!suspects(row.outcome).empty() == needs_one);
    double sum = 0;
    std::set<CauseId> seen;
    for (const auto& [cause, weight] : suspects(row.outcome)) {
      CHECK(weight > 0);
      CHECK(seen.insert(cause).second);
      sum += weight;
      if (row.name.starts_with("scanner_")) CHECK(to_string(cause).starts_with("scanner_"));
    }
    CHECK(sum <= 1.0001);
  }
}

TEST_CASE("explain: every class and every cause has an entry, within the width") {
  const auto check = [](std::string_view name) {
    CAPTURE(std::string(name));
    const auto [known, text] = explain(name, 72);
    CHECK(known);
    CHECK(contains(text, name));
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
      const auto line = text.substr(begin, end - begin);
      CAPTURE(line);
      const bool one_word = line.find(' ', line.find_first_not_of(' ')) == std::string::npos;
      CHECK((line.size() <= 72 || one_word));
      CHECK(!line.ends_with(' '));
      begin = end + 1;
    }
    CHECK(begin == text.size());
  };
  for (const auto& row : outcomes()) check(row.name);
  for (const auto& row : causes()) check(row.name);
  check("blind_spots");
}

TEST_CASE("explain: without a name it lists them all") {
  const auto text = explain("", 100).text;
  for (const auto& row : outcomes()) CHECK(contains(text, row.name));
  for (const auto& row : causes()) CHECK(contains(text, row.name));
  CHECK(contains(text, "blind_spots"));
}

TEST_CASE("explain: a class leads to its causes, a cause to its checks") {
  const auto refused = explain("connect_refused", 100).text;
  CHECK(contains(refused, "service_down"));
  CHECK(contains(refused, "retried after 15 s"));
  const auto down = explain("service_down", 400).text;
  for (const auto& candidate : text_of(CauseId::service_down).candidates) {
    CHECK(contains(down, candidate.what));
    CHECK(contains(down, candidate.check));
    CHECK(contains(down, candidate.fix));
  }
  const auto both = explain("scanner_network", 100).text;
  CHECK(contains(both, "scanner_network (class, unknown)"));
  CHECK(contains(both, "scanner_network (cause)"));
}

TEST_CASE("explain: an unknown name is answered with the nearest one") {
  const struct {
    std::string word, meant;
  } cases[] = {
      {"conect_refused", "did you mean connect_refused?"},
      {"maxstrtups", "did you mean max_startups?"},
      {"antivrus", "did you mean antivirus?"},
      {"xyzzy", "lists all classes and causes"},
  };
  for (const auto& [word, meant] : cases) {
    CAPTURE(word);
    const auto [known, text] = explain(word, 80);
    CHECK(!known);
    CHECK(contains(text, meant));
  }
}

TEST_CASE("explain: a name is known in any spelling") {
  const auto plain = explain("server_hung", 80).text;
  for (const auto* word : {"serverhung", "server hung", "SERVER_HUNG", "Server-Hung"})
    CHECK(explain(word, 80).text == plain);
}

TEST_CASE("explain: what folklore blames stands under what it is not") {
  const struct {
    CauseId cause;
    std::string_view refuted;
  } cases[] = {
      {CauseId::slow_before_banner, "UseDNS"},
      {CauseId::slow_before_banner, "GSSAPI"},
      {CauseId::service_child_broken, "Banner"},
      {CauseId::service_child_broken, "AllowUsers"},
      {CauseId::connection_limit, "MaxSessions"},
      {CauseId::max_startups, "MaxSessions"},
      {CauseId::ssh1_only, "ssh -1"},
      {CauseId::source_ban, "24 hours"},
      {CauseId::mtu_black_hole, "ssh -o MTU"},
      {CauseId::firewall_drop, "ConnectTimeout"},
  };
  for (const auto& [cause, refuted] : cases) {
    CAPTURE(std::string(refuted));
    bool found = false;
    for (const auto& line : text_of(cause).is_not) found |= line.find(refuted) != line.npos;
    CHECK(found);
  }
}

TEST_CASE("explain: what public cases refuted is not said") {
  std::string all;
  for (const auto& row : outcomes()) all += explain(row.name, 10000).text;
  for (const auto& row : causes()) all += explain(row.name, 10000).text;
  for (const auto* sentence : {
           "connection: TCP wrappers.",                        // proxies have timeouts of 5 s, too
           "or a ban: those do not close the port",            // reject with tcp reset does
           "servers do not refuse unknown client names",       // some do
           "a packet filter on the server answers for sshd.",  // servers have lists of their own
           "no client, old or new, shares",                    // only the profiles are known
           "(FIDO",                                            // FIDO keys end in ok_kex_unverified
           "OpenSSH 9.8 or newer sends its identification",    // 9.8 to 10.2 do
           "the run ended before this target's turn",  // or the limit of connections was reached
           "no current client speaks SSH-1",           // PuTTY does
       }) {
    CAPTURE(sentence);
    CHECK(!contains(all, sentence));
  }
  CHECK(contains(explain("kex_closed", 1000).text, "or sooner where --patience ends"));
  CHECK(contains(explain("not_probed", 1000).text, "limit of connections"));
}

TEST_CASE("software: OpenSSH's version in an identification") {
  const struct {
    std::string line;
    std::optional<OpensshVersion> expected;
  } cases[] = {
      {"SSH-2.0-OpenSSH_9.2p1 Debian-2", OpensshVersion{9, 2}},
      {"SSH-2.0-OpenSSH_10.0p1", OpensshVersion{10, 0}},
      {"SSH-2.0-OpenSSH_for_Windows_8.1", OpensshVersion{8, 1}},
      {"SSH-2.0-OpenSSH_9", std::nullopt},
      {"SSH-2.0-OpenSSH_99999999999.1", std::nullopt},
      {"SSH-2.0-dropbear_2022.83", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [line, expected] : cases) {
    CAPTURE(line);
    CHECK(openssh_version(line) == expected);
  }
  CHECK(may_penalise("SSH-2.0-OpenSSH_9.8"));
  CHECK(may_penalise("SSH-2.0-OpenSSH_without_a_number"));
  CHECK(may_penalise(""));
  CHECK_FALSE(may_penalise("SSH-2.0-OpenSSH_9.7"));
  CHECK_FALSE(may_penalise("SSH-2.0-Go"));
  CHECK(openssh_version("SSH-2.0-OpenSSH_9.10") > openssh_version("SSH-2.0-OpenSSH_9.8"));
}
