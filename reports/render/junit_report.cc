#include "reports/render/junit_report.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/numbers.h"
#include "base/prefix.h"
#include "reports/render/name_folding.h"
#include "reports/summary/changes.h"
#include "reports/summary/host_table.h"
#include "reports/summary/known_failures.h"
#include "reports/summary/report.h"
#include "reports/summary/subnet_tree.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxJunitNames = 4000;  // bytes of a list of hosts

std::string xml(std::string_view raw) {
  std::string out;
  append_xml(out, raw);
  return out;
}

/// One suite, its cases first, since a suite begins with their numbers.
struct Suite {
  summary::Tally tally;
  std::string cases;
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::uint64_t named = 0;     ///< failing hosts that have a case of their own
  std::uint64_t accepted = 0;  ///< of the others: those that the baseline accepts
};

class Suites {
 public:
  void open(const std::string& name, const summary::Tally& tally) {
    suites_[name].tally.add(tally);
  }

  /// A case's name does not hold the class: a host that fails in another way is no other case.
  void name_host(const std::string& suite_name, const summary::HostRow& host) {
    auto& suite = suites_[suite_name];
    const bool failure = host.state() == probe::State::unreachable;
    const auto& outcome = probe::row(host.outcome);
    const std::string seen(outcome.seen);
    auto message = host.because && *host.because != seen ? seen + ": " + *host.because : seen;
    if (host.views) message += " (" + *host.views + ")";
    begin_case(suite_name, suite, host.target());
    const std::string element = failure ? "failure" : "error";
    suite.cases += "><" + element + " type=\"" + std::string(outcome.name) + "\" message=\"" +
                   xml(message) + "\">" + xml(outcome.remedy) + "</" + element + "></testcase>\n";
    ++(failure ? suite.failures : suite.errors);
    ++suite.named;
  }

  void name_accepted(const std::string& suite_name, const std::string& target,
                     const std::string& why) {
    auto& suite = suites_[suite_name];
    begin_case(suite_name, suite, target);
    suite.cases += "><skipped message=\"" + xml(why) + "\"/></testcase>\n";
    ++suite.skipped;
    ++suite.named;
  }

  /// A failure that the baseline accepts and that gets no case of its own.
  void count_accepted(const std::string& suite_name) { ++suites_[suite_name].accepted; }

  [[nodiscard]] std::string written(const std::string& changes) {
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fleetscan\">\n" + changes;
    std::size_t written = 0;
    std::uint64_t unnamed = 0;
    for (auto& [name, suite] : suites_) {
      const bool bad = suite.tally.failing() + suite.tally.in(probe::State::unknown) > 0;
      if (!bad && written >= kMaxJunitSuites) {
        unnamed += suite.tally.hosts();
        continue;
      }
      ++written;
      close(name, suite);
      out += "<testsuite name=\"" + xml(name) + "\" tests=\"" + std::to_string(suite.tests) +
             "\" failures=\"" + std::to_string(suite.failures) + "\" errors=\"" +
             std::to_string(suite.errors) + "\" skipped=\"" + std::to_string(suite.skipped) +
             "\">\n" + suite.cases + "</testsuite>\n";
    }
    if (unnamed > 0)
      out +=
          "<testsuite name=\"others\" tests=\"1\" failures=\"0\" errors=\"0\" "
          "skipped=\"0\">\n<testcase "
          "classname=\"fleetscan.others\" name=\"hosts in healthy subnets\"><system-out>" +
          grouped(unnamed) + "</system-out></testcase>\n</testsuite>\n";
    return out + "</testsuites>\n";
  }

 private:
  static void begin_case(const std::string& suite_name, Suite& suite, const std::string& name) {
    suite.cases +=
        "<testcase classname=\"fleetscan." + xml(suite_name) + "\" name=\"" + xml(name) + '"';
    ++suite.tests;
  }

  /// The cases that stand for many hosts. Their names do not hold the numbers, so that a CI system
  /// knows them again in the next run.
  static void close(const std::string& name, Suite& suite) {
    const auto well =
        suite.tally.in(probe::State::reachable) + suite.tally.in(probe::State::degraded);
    const auto bad = suite.tally.failing() + suite.tally.in(probe::State::unknown);
    const auto skipped = suite.tally.in(probe::State::skipped);
    if (well > 0) {
      begin_case(name, suite, "reachable hosts");
      suite.cases += "><system-out>" + grouped(well) + "</system-out></testcase>\n";
    }
    if (const auto more = bad - std::min(bad, suite.named + suite.accepted); more > 0) {
      begin_case(name, suite, "more failing hosts");
      suite.cases += "><failure type=\"more\" message=\"" + counted(more, "more host") +
                     (more == 1 ? " fails" : " fail") + "\"/></testcase>\n";
      ++suite.failures;
    }
    if (suite.accepted > 0) {
      begin_case(name, suite, "more accepted failures");
      suite.cases += "><skipped message=\"" + grouped(suite.accepted) + "\"/></testcase>\n";
      ++suite.skipped;
    }
    if (skipped > 0) {
      begin_case(name, suite, "skipped hosts");
      suite.cases += "><skipped message=\"" + grouped(skipped) + "\"/></testcase>\n";
      ++suite.skipped;
    }
  }

  std::map<std::string, Suite> suites_;
};

/// A suite of what changed; its cases pass, for what fails has its own. Empty without an earlier
/// run.
std::string changes_of(const summary::Report& report) {
  const auto news = report.news();
  if (!news.past()) return {};
  const auto changes = summary::changes(*news.past(), report.fresh);
  std::string cases;
  for (const auto& change : changes)
    cases += "<testcase classname=\"fleetscan.changes\" name=\"" + std::string(change.words) +
             "\"><system-out>" + grouped(change.names->size()) + ' ' +
             xml(folded_line(*change.names, kMaxJunitNames)) + "</system-out></testcase>\n";
  return "<testsuite name=\"changes\" tests=\"" + std::to_string(std::size(changes)) +
         "\" failures=\"0\" errors=\"0\" skipped=\"0\">\n" + cases + "</testsuite>\n";
}

/// A suite of the vantages: one that was lost is an error. Empty without any.
std::string vantages_of(const summary::Report& report) {
  const auto& ends = report.summary.vantage_ends;
  if (ends.empty()) return {};
  std::string cases;
  std::size_t errors = 0;
  for (const auto& end : ends) {
    cases += "<testcase classname=\"fleetscan.vantages\" name=\"" + xml(end.vantage) + "\">";
    if (!end.trouble.empty()) {
      ++errors;
      cases += "<error type=\"vantage\" message=\"" + xml(end.trouble) + "\"/>";
    }
    cases += "</testcase>\n";
  }
  return "<testsuite name=\"vantages\" tests=\"" + std::to_string(ends.size()) +
         "\" failures=\"0\" errors=\"" + std::to_string(errors) + "\" skipped=\"0\">\n" + cases +
         "</testsuite>\n";
}

}  // namespace

std::string junit_report(const summary::Report& report) {
  const std::string kNoAddress = "no address";
  Suites suites;
  summary::Tally placed;
  for (const auto& [prefix, tally] : report.summary.subnets.at_length({})) {
    suites.open(prefix.to_string(), tally);
    placed.add(tally);
  }
  summary::Tally rest;
  for (const auto& [outcome, count] : report.summary.total.classes())
    if (count > placed[outcome]) rest.add(outcome, count - placed[outcome]);
  if (rest.hosts() > 0) suites.open(kNoAddress, rest);

  std::size_t named = 0;
  const auto suite_of = [&](const summary::HostRow& host) {
    return host.address ? subnet_of(*host.address).to_string() : kNoAddress;
  };
  const auto accepted = [&](const summary::HostRow& host) -> const std::string* {
    if (!report.known) return nullptr;
    const auto found = report.known->targets.find(host.target());
    return found == report.known->targets.end() ? nullptr : &found->second;
  };
  for (const auto& host : report.rows)
    if (probe::needs_attention(host.state()) && !accepted(host) && named++ < kMaxJunitHosts)
      suites.name_host(suite_of(host), host);
  for (const auto& host : report.rows) {
    const auto* why = accepted(host);
    if (!why) continue;
    if (named++ < kMaxJunitHosts)
      suites.name_accepted(suite_of(host), host.target(), *why);
    else
      suites.count_accepted(suite_of(host));
  }
  return suites.written(changes_of(report) + vantages_of(report));
}

}  // namespace fleetscan::render
