#include "reports/render/csv_report.h"

#include <charconv>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json_writer.h"
#include "base/wall_time.h"
#include "inventory/target.h"
#include "reports/records/result_lines.h"
#include "reports/render/table.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/host_table.h"
#include "reports/summary/report.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {
namespace {

/// Sets the commas of cells.
class Cells {
 public:
  void add(std::string_view text) {
    separate();
    append_csv(out_, text);
  }
  void add(const std::optional<Micros>& time) {
    separate();
    if (time) append_thousandths(out_, time->count());
  }
  /// What is cells already.
  void add_written(std::string_view cells) {
    separate();
    out_ += cells;
  }
  [[nodiscard]] std::string& text() { return out_; }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

/// "local: ok, fra1: connect_reset", or the only vantage that asked.
std::string vantages_of(const probe::HostResult& result) {
  std::string text = result.vantage;
  for (const auto& view : result.views)
    ((text += text.empty() ? "" : ", ") += view.vantage + ": ") += probe::to_string(view.outcome);
  return text;
}

std::string before_the_cause(const probe::HostResult& result) {
  static const probe::Evidence kNothingSeen;
  const auto* attempt = result.decisive();
  const auto& seen = attempt ? attempt->evidence : kNothingSeen;
  const auto address = records::address_of(result);
  const auto phase = records::phase_of(result);
  Cells cells;
  cells.add(result.target.name());
  cells.add(result.target.host);
  cells.add(std::to_string(result.target.port));
  cells.add(address ? address->to_string() : "");
  cells.add(probe::to_string(result.state()));
  cells.add(probe::to_string(result.outcome));
  cells.add(phase ? probe::to_string(*phase) : "");
  cells.add(std::to_string(result.attempts.size()));
  for (const auto& time :
       {result.resolve, seen.ms.connect, seen.ms.banner, seen.ms.kexinit, seen.ms.kex})
    cells.add(time);
  cells.add(seen.service.value_or(""));
  cells.add(seen.text);
  cells.add(seen.ident_line.value_or(""));
  cells.add(seen.host_key ? seen.host_key->type : "");
  cells.add(seen.host_key ? seen.host_key->sha256 : "");
  cells.add(vantages_of(result));
  return std::move(cells.text());
}

/// What is to be done about it: for the cause, else for the class.
std::string_view fix_for(std::string_view cause, probe::Outcome outcome) {
  if (const auto id = diagnosis::parse_cause(cause)) return diagnosis::text_of(*id).in_short;
  return probe::row(outcome).remedy;
}

/// cause, because, fix: of the host alone.
std::string own_cause(const probe::HostResult& result) {
  const auto* cause = result.causes.empty() ? nullptr : &result.causes.front();
  Cells cells;
  cells.add(cause ? cause->name : "");
  cells.add(cause && !cause->because.empty() ? cause->because.front() : "");
  cells.add(fix_for(cause ? cause->name : "", result.outcome));
  return std::move(cells.text());
}

std::string cause_among_others(const summary::HostRow& row) {
  const auto cause = row.cause ? *row.cause : std::string();
  auto because = row.because ? *row.because : std::string();
  if (row.beside) (because += because.empty() ? "" : "; ") += *row.beside;
  Cells cells;
  cells.add(cause);
  cells.add(because);
  cells.add(fix_for(cause, row.outcome));
  return std::move(cells.text());
}

std::string since_and_finding(const summary::HostRow* row, const summary::Report& report) {
  Cells cells;
  std::string since;
  if (row && report.past)
    if (const auto found = report.past->failing_since.find(row->target());
        found != report.past->failing_since.end())
      since = to_rfc3339(found->second);
  cells.add(since);
  cells.add(row && row->finding >= 0
                ? summary::title_of(report.findings[static_cast<std::size_t>(row->finding)])
                : std::string());
  return std::move(cells.text());
}

/// Takes rows down as lines: cells, cause, source and note, then each label as "3 cell". Cells hold
/// no line end (see append_csv()).
class CsvTable final : public Table {
 public:
  std::optional<std::string> take_down(const probe::HostResult& result) override {
    Cells last;
    last.add(result.target.source);
    last.add(result.note);
    auto taken = before_the_cause(result) + '\n' + own_cause(result) + '\n' + last.text();
    if (!result.target.labels) return taken;
    std::string others;
    for (const auto& [key, value] : *result.target.labels) {
      const auto column = column_of(key);
      if (column == kMaxLabelColumns) {
        (((others += others.empty() ? "" : " ") += key) += '=') += value;
        continue;
      }
      (taken += '\n') += std::to_string(column) + ' ';
      append_csv(taken, value);
    }
    if (others.empty()) return taken;
    overflow_ = true;
    (taken += '\n') += std::to_string(kMaxLabelColumns) + ' ';
    append_csv(taken, others);
    return taken;
  }

  std::string head() const override {
    std::string out =
        "target,host,port,address,state,class,phase,attempts,resolve_ms,connect_ms,banner_ms,"
        "kexinit_ms,kex_ms,service,text,ident,host_key_type,host_key_sha256,vantages,cause,because,"
        "fix,"
        "since,finding,source,note";
    for (const auto& [key, column] : columns_) append_csv(out += ',', "label:" + key);
    return out + (overflow_ ? ",labels\n" : "\n");
  }

  void append_row(std::string& out, std::string_view taken_down, const summary::HostRow* judged,
                  const summary::Report& report) const override {
    const auto next = [&] {
      const auto end = taken_down.find('\n');
      const auto line = taken_down.substr(0, end);
      taken_down.remove_prefix(end == taken_down.npos ? taken_down.size() : end + 1);
      return line;
    };
    Cells row;
    row.add_written(next());
    const auto own = next();
    judged && judged->cause ? row.add_written(cause_among_others(*judged)) : row.add_written(own);
    row.add_written(since_and_finding(judged, report));
    row.add_written(next());
    std::vector<std::string_view> labels(kMaxLabelColumns + 1);
    while (!taken_down.empty()) {
      const auto line = next();
      std::size_t column = 0;
      const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), column);
      labels.at(column) = line.substr(static_cast<std::size_t>(end - line.data()) + 1);
    }
    for (const auto& [key, column] : columns_) row.add_written(labels[column]);
    if (overflow_) row.add_written(labels[kMaxLabelColumns]);
    (out += row.text()) += '\n';
  }

 private:
  /// kMaxLabelColumns for a key that has none of its own.
  std::size_t column_of(const std::string& key) {
    const auto found = columns_.find(key);
    if (found != columns_.end()) return found->second;
    if (columns_.size() == kMaxLabelColumns) return kMaxLabelColumns;
    return columns_.emplace(key, columns_.size()).first->second;
  }

  std::map<std::string, std::size_t> columns_;  ///< of a key: its number, in order of first use
  bool overflow_ = false;
};

}  // namespace

std::unique_ptr<Table> csv_table() { return std::make_unique<CsvTable>(); }

}  // namespace fleetscan::render
