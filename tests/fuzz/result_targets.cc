// What earlier runs, other tools and users hand to the reports.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/json_reader.h"
#include "inventory/entry.h"
#include "inventory/formats/results.h"
#include "inventory/known_hosts.h"
#include "reports/history/history.h"
#include "reports/records/doctor_record.h"
#include "reports/records/merge.h"
#include "reports/records/result_file.h"
#include "reports/records/result_lines.h"
#include "reports/records/result_reader.h"
#include "reports/render/csv_report.h"
#include "reports/render/forecast_report.h"
#include "reports/render/github_summary.h"
#include "reports/render/html/html_report.h"
#include "reports/render/json_report.h"
#include "reports/render/junit_report.h"
#include "reports/render/key_lists.h"
#include "reports/render/prometheus_report.h"
#include "reports/render/terminal_summary.h"
#include "reports/summary/baseline.h"
#include "reports/summary/condition.h"
#include "reports/summary/forecast.h"
#include "reports/summary/key_ring.h"
#include "reports/summary/report.h"
#include "scanner/diagnosis/explain.h"
#include "scanner/ssh/client_profiles.h"
#include "tests/fuzz/targets.h"

namespace fleetscan::fuzz {
namespace {

/// Calls `take` with each record, as often as there are readable lines.
template <typename Take>
void read_records(std::string_view file, Take&& take) {
  records::ResultReader reader([&](records::Record&& record) { std::visit(take, record); });
  reader.feed(file);
  static_cast<void>(reader.finish());
}

std::string written(const records::Record& record) {
  std::string line;
  std::visit(
      [&](const auto& value) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
          records::append_line(line, value);
      },
      record);
  return line;
}

bool shows_no_control_byte(std::string_view text, std::string_view allowed = "\n") {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < ' ' || c == 0x7f) &&
        allowed.find(c) == std::string_view::npos)
      return false;
  return true;
}

void read_as_inventory(std::string_view file) {
  std::uint64_t all = 0, some = 0;
  InputErrors errors;
  const auto count = [&](inventory::Only only, std::uint64_t& hosts) {
    inventory::parse_results(
        file, only, "f", [&](const inventory::Entry&) { ++hosts; }, errors);
  };
  count(inventory::Only::all, all);
  for (const auto only :
       {inventory::Only::failing, inventory::Only::reachable, inventory::Only::unknown})
    count(only, some);
  require(some <= all, "a host has one state");
}

}  // namespace

/// Whatever records say: what `keys` prints is well-formed, and known_hosts can be read.
void key_lists(std::string_view file) {
  summary::KeyRing ring;
  records::ResultReader reader(records::feed(ring));
  reader.feed(file);
  static_cast<void>(reader.finish());
  const auto& hosts = ring.hosts();
  InputErrors errors;
  for (const auto& salt : {render::Salt(), render::Salt([] { return std::string(20, 's'); })}) {
    const auto lines = render::known_hosts(hosts, salt, 0);
    require(shows_no_control_byte(lines), "known_hosts holds text");
    inventory::KnownHosts().add(lines, "f", errors);
  }
  require(errors.empty(), "known_hosts can be read");
  require(shows_no_control_byte(render::sshfp_records(hosts, true)), "a zone holds text");
  require(shows_no_control_byte(render::ansible_task(hosts, false)), "a task holds text");
  require(shows_no_control_byte(render::keys_json(hosts)), "JSON holds text");
}

void result_lines(std::string_view file) {
  std::vector<std::string> at_once, cut;
  records::ResultReader whole(
      [&](records::Record&& record) { at_once.push_back(written(record)); });
  whole.feed(file);
  records::ResultReader pieces([&](records::Record&& record) { cut.push_back(written(record)); });
  for (std::size_t at = 0; at < file.size(); at += 7) pieces.feed(file.substr(at, 7));
  require(whole.finish() == pieces.finish(), "a cut changes no error");
  require(at_once == cut, "a cut changes no record");
  for (const auto& line : at_once) {
    if (line.empty()) continue;
    const auto record = records::parse_line(std::string_view{line}.substr(0, line.size() - 1));
    require(written(record) == line, "a record survives reading");
  }
  read_as_inventory(file);
}

void reports(std::string_view file) {
  summary::Summary summary(summary::Rows::all);
  const auto table = render::csv_table();
  std::vector<std::string> rows;
  read_records(file, [&](const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, probe::RunInfo>) summary.begin(value);
    if constexpr (std::is_same_v<Value, probe::RunEnd>) summary.end(value);
    if constexpr (std::is_same_v<Value, probe::HostResult>) {
      summary.add(value);
      if (auto row = table->take_down(value)) rows.push_back(std::move(*row));
    }
  });
  const auto report = summary::make_report(summary);
  static_cast<void>(summary::exit_status(report.gate));
  std::string csv = table->head();
  for (const auto& row : rows) table->append_row(csv, row, nullptr, report);
  for (const auto& text :
       {render::json_report(report), render::html_report(report), render::junit_report(report),
        render::github_summary(report), render::github_annotations(report),
        render::prometheus_report(report, file), render::terminal_summary(report, {}), csv})
    require(shows_no_control_byte(text, "\n\t"), "nothing foreign is raw in a report");
}

void history_import(std::string_view file) {
  history::History history(":memory:", history::History::Access::write);
  bool open = false;
  std::string vantage, target;
  try {
    read_records(file, [&](const auto& value) {
      using Value = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<Value, probe::RunInfo>) {
        if (open || history.find(value.run_id)) return;
        history.begin(value);
        open = true;
      } else if constexpr (std::is_same_v<Value, probe::HostResult>) {
        if (open) history.add(value);
        target = value.target.name();
      } else if constexpr (std::is_same_v<Value, probe::RunEnd>) {
        if (!std::exchange(open, false)) return;
        const auto id = history.end(value);
        require(history.run(id).has_value(), "what was added is there");
        static_cast<void>(history.past(id));
      }
    });
  } catch (const history::SqliteError&) {  // a run that is older than what is there
  }
  if (open) return;  // a run without an end is given up together with its history
  static_cast<void>(history.runs());
  static_cast<void>(history.host(target));
  static_cast<void>(history.prune(WallTime{}, WallTime{}));
}

void merge(std::string_view files) {
  records::Merge merge;
  std::uint64_t offset = 0;
  std::map<std::uint64_t, std::string_view> lines;
  merge.begin_input("a");
  for (auto rest = files; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line == "====") {
      merge.begin_input("b");
    } else {
      lines[offset] = line;
      merge.add(line, offset);
    }
    offset += line.size() + 1;
  }
  merge.finish();
  if (!merge.conflicts().empty()) return;
  std::string out;
  records::append_line(out, merge.run());
  records::append_line(out, merge.end());
}

void baseline(std::string_view text) {
  InputErrors errors;
  const auto first = summary::Baseline::parse(text, "f", errors);
  if (!errors.empty()) return;
  const auto once = first.text();
  const auto again = summary::Baseline::parse(once, "f", errors);
  require(errors.empty() && again == first, "what is written is read back");
  require(again.text() == once, "and written alike");
}

void doctor_record(std::string_view text) {
  constexpr std::size_t kMaxText = 2000;
  try {
    const auto record = records::read_doctor_record(text);
    for (const auto& finding : record.findings)
      require(finding.evidence.size() <= kMaxText && finding.fix.size() <= kMaxText,
              "texts are cut");
    const auto* named = record.named();
    require(!named || named->named, "the cause that is named was named");
  } catch (const JsonError&) {  // which says what is wrong with it
  }
}

/// Whatever records say, each client's row sums up to the hosts.
void forecast(std::string_view file) {
  std::vector<const ssh::ClientProfile*> clients;
  for (const auto& client : ssh::client_profiles()) clients.push_back(&client);
  summary::Forecast forecast(std::move(clients));
  records::ResultReader reader(records::feed(forecast));
  reader.feed(file);
  static_cast<void>(reader.finish());
  const auto report = std::move(forecast).finish();
  for (const auto& row : report.clients)
    require(row.connects + row.warns + row.breaks == report.census.hosts, "a host has one cell");
  for (const auto& text :
       {render::forecast_text(report), render::forecast_csv(report), render::forecast_json(report)})
    require(shows_no_control_byte(text, "\n"), "nothing foreign is raw in a forecast");
}

void explanation(std::string_view text) {
  const auto [known, page] = diagnosis::explain(text, 80);
  require(!page.empty() && page.ends_with('\n'), "every text is answered, in whole lines");
  require(shows_no_control_byte(page), "nothing of it is obeyed by a terminal");
  require(page.size() < std::size_t{64} << 10, "an answer is a few pages at most");
}

void condition(std::string_view text) {
  const auto parsed = summary::parse_condition(text);
  const auto* condition = std::get_if<summary::Condition>(&parsed);
  if (!condition) {
    require(shows_no_control_byte(std::get<InputError>(parsed).to_string(), ""),
            "errors are one line");
    return;
  }
  const auto again = summary::parse_condition(condition->text);
  require(std::holds_alternative<summary::Condition>(again), "what is shown is read back");
  require(std::get<summary::Condition>(again).text == condition->text, "and shown alike");
  summary::Summary summary;
  static_cast<void>(summary::judge(summary, {.fail_if = {*condition}}));
}

}  // namespace fleetscan::fuzz
