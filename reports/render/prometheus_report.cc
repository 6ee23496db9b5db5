#include "reports/render/prometheus_report.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/quantiles.h"
#include "reports/summary/report.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {
namespace {

class Exposition {
 public:
  explicit Exposition(std::string_view scan) { append_prometheus_label(scan_, scan); }

  /// Begins a metric. `name` without the prefix that all have.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "fleetscan_" + std::string(name);
    out += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name_, type, help);
  }
  /// `labels` are ours and need no escaping: ",class=\"ok\"".
  void sample(double value, std::string_view suffix = {}, std::string_view labels = {}) {
    out += fmt::format("{}{}{{scan=\"{}\"{}}} {}\n", name_, suffix, scan_, labels, value);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    metric(name, "gauge", help);
    sample(value);
  }

  /// The sample of the same scan in another text, as it stands there: a number; empty if none.
  [[nodiscard]] std::string_view sample_in(std::string_view text, std::string_view name) const {
    const auto head = fmt::format("\nfleetscan_{}{{scan=\"{}\"}} ", name, scan_);
    const auto found = text.find(head);
    if (found == text.npos) return {};
    text.remove_prefix(found + head.size());
    return text.substr(0, text.find('\n'));
  }

  std::string out;

 private:
  std::string scan_;
  std::string name_;
};

double count(std::uint64_t value) { return static_cast<double>(value); }

std::string scan_name(const probe::RunInfo& run) {
  return fmt::format("{}", fmt::join(run.sources, ","));
}

void write_connect_times(Exposition& exposition, const summary::Quantiles& connect) {
  exposition.metric("connect_duration_seconds", "histogram",
                    "Time from SYN to an established connection.");
  for (std::int64_t micros = 256; micros <= std::int64_t{1} << 23; micros *= 4)
    exposition.sample(count(connect.between(Micros(0), Micros(micros))), "_bucket",
                      fmt::format(",le=\"{}\"", static_cast<double>(micros) / 1e6));
  exposition.sample(count(connect.count()), "_bucket", ",le=\"+Inf\"");
  exposition.sample(static_cast<double>(connect.sum().count()) / 1e6, "_sum");
  exposition.sample(count(connect.count()), "_count");
}

void write_vantages(Exposition& exposition, const summary::Summary& summary) {
  const auto& seen = summary.vantages.entries();
  if (summary.vantage_ends.empty()) return;
  const auto label = [](const std::string& name) {
    std::string text = ",vantage=\"";
    append_prometheus_label(text, name);
    return text + '"';
  };
  exposition.gauge("hosts_partial", "Hosts that some vantages reach and others do not.",
                   count(summary.partial));
  exposition.metric("vantage_up", "gauge", "Whether a vantage did all of its part (1) or not (0).");
  for (const auto& end : summary.vantage_ends)
    exposition.sample(end.trouble.empty() ? 1 : 0, {}, label(end.vantage));
  exposition.metric("vantage_hosts_failing", "gauge", "Hosts that fail from a vantage.");
  for (const auto& [name, tally] : seen) exposition.sample(count(tally.failing()), {}, label(name));
}

/// Hosts by where they fail alike; the same place may have findings of several kinds.
void write_findings(Exposition& exposition, const std::vector<summary::CommonCause>& findings) {
  std::map<std::string, std::uint64_t> samples;
  for (const auto& finding : findings) {
    if (finding.kind == summary::CommonCause::Kind::scattered) continue;
    if (samples.size() == kMaxPrometheusFindings) break;
    std::string labels = ",finding=\"";
    append_prometheus_label(labels, title_of(finding));
    labels += fmt::format("\",class=\"{}\",cause=\"",
                          finding.mixed ? "mixed" : probe::to_string(finding.outcome));
    append_prometheus_label(labels, finding.cause);
    samples[labels + '"'] += finding.tally.failing();
  }
  exposition.metric("finding_hosts", "gauge",
                    "Failing hosts that a finding explains: hosts in one place that fail alike.");
  for (const auto& [labels, hosts] : samples) exposition.sample(count(hosts), {}, labels);
}

std::optional<double> time_of(std::string_view sample) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(sample.data(), sample.data() + sample.size(), seconds);
  if (error != std::errc{} || end != sample.data() + sample.size() || !std::isfinite(seconds))
    return std::nullopt;
  return seconds;
}

}  // namespace

std::string prometheus_report(const summary::Report& report, std::string_view before) {
  const auto& summary = report.summary;
  const double started = static_cast<double>(summary.run.started.time_since_epoch().count()) / 1e3;
  const double seconds = static_cast<double>(summary.duration().count()) / 1e3;
  Exposition exposition(scan_name(summary.run));
  const bool complete = report.gate.verdict != summary::GateVerdict::incomplete;
  constexpr std::string_view kSuccess = "last_success_timestamp_seconds";
  const auto success =
      complete ? started + seconds : time_of(exposition.sample_in(before, kSuccess));
  exposition.gauge("last_run_timestamp_seconds", "When the last run ended.", started + seconds);
  if (success)
    exposition.gauge(kSuccess, "When the last run that judged every host ended.", *success);
  exposition.gauge("last_run_complete", "Whether the last run judged every host (1) or not (0).",
                   complete ? 1 : 0);
  exposition.gauge("last_run_passed", "Whether the last run passed its gate (1) or not (0).",
                   report.gate.verdict == summary::GateVerdict::pass ? 1 : 0);
  exposition.gauge("last_run_duration_seconds", "How long the last run took.", seconds);
  exposition.metric("hosts", "gauge", "Hosts by class in the last run.");
  for (const auto& outcome : probe::outcomes())
    exposition.sample(
        count(summary.total[outcome.outcome]), {},
        fmt::format(",class=\"{}\",state=\"{}\"", outcome.name, probe::to_string(outcome.state)));
  exposition.gauge("hosts_planned", "Hosts in the inventory of the last run.",
                   count(summary.run.targets));
  exposition.gauge("hosts_retried", "Hosts that took more than one connection.",
                   count(summary.retried));
  write_vantages(exposition, summary);
  write_findings(exposition, report.findings);
  if (report.past) {
    exposition.gauge("hosts_new_failing", "Hosts that fail and did not fail before.",
                     count(report.past->fresh.size()));
    exposition.gauge("hosts_recovered", "Hosts that failed before and no longer do.",
                     count(report.past->recovered.size()));
    exposition.gauge("hosts_flapping", "Hosts that change between failing and not.",
                     count(report.past->flapping.size()));
    exposition.gauge("host_keys_changed", "Hosts whose key changed.",
                     count(report.past->key_changed.size()));
  }
  write_connect_times(exposition, summary.phases[1]);
  std::string version = ",version=\"";
  append_prometheus_label(version, summary.run.tool);
  exposition.metric("build_info", "gauge", "The version of fleetscan that scanned.");
  exposition.sample(1, {}, version + '"');
  return exposition.out;
}

}  // namespace fleetscan::render
