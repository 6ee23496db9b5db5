#include "commands/report_set.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "reports/records/result_file.h"
#include "reports/records/result_lines.h"
#include "reports/render/csv_report.h"
#include "reports/render/github_summary.h"
#include "reports/render/html/html_report.h"
#include "reports/render/json_report.h"
#include "reports/render/junit_report.h"
#include "reports/render/prometheus_report.h"

namespace fleetscan::commands {
namespace {

/// Whether a results file can hold every text of `result` that has no bytes in hex beside it.
bool is_stored_exactly(const probe::HostResult& result) {
  const auto& target = result.target;
  const auto pair_is_utf8 = [](const auto& label) {
    return is_utf8(label.first) && is_utf8(label.second);
  };
  const auto cause_is_utf8 = [](const probe::Cause& cause) {
    return is_utf8(cause.name) && std::ranges::all_of(cause.because, is_utf8);
  };
  return is_utf8(target.host) && is_utf8(target.source) && is_utf8(result.note) &&
         (!target.labels || std::ranges::all_of(*target.labels, pair_is_utf8)) &&
         std::ranges::all_of(result.causes, cause_is_utf8);
}

/// What a regular file holds, up to a mebibyte; empty for anything else.
std::string text_of(const std::string& path) {
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(path, unreadable)) return {};
  std::string text(1 << 20, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

ReportSet::ReportSet(const Outputs& outputs) : summary_(outputs.rows), shown_(outputs.shown) {
  for (const auto& path : outputs.jsonl) jsonl_.push_back(open(path));
  for (const auto& path : outputs.csv) csv_.push_back(open(path));
  line_ = render::csv_header();
  write_line(csv_);
  for (const auto& path : outputs.json) open_document(path, render::json_report);
  for (const auto& path : outputs.html) open_document(path, render::html_report);
  for (const auto& path : outputs.junit) open_document(path, render::junit_report);
  for (const auto& path : outputs.prometheus)
    open_document(path, [before = text_of(path)](const summary::Report& report) {
      return render::prometheus_report(report, before);
    });
  for (const auto& path : outputs.github)
    open_document(path, render::github_summary, ReportFile::Mode::append);
  // Healthy hosts are named in documents alone.
  if (documents_.empty()) summary_ = summary::Summary(summary::Rows::failed);
}

template <typename Write>
void ReportSet::attempt(File& file, Write write) {
  if (!file) return;
  try {
    write(*file);
  } catch (const std::system_error& error) {
    errors_.emplace_back(error.what());
    file.reset();
  }
}

ReportSet::File ReportSet::open(const std::string& path, ReportFile::Mode mode) {
  try {
    return std::make_unique<ReportFile>(path, mode);
  } catch (const std::system_error& error) {
    errors_.emplace_back(error.what());
    return nullptr;
  }
}

void ReportSet::open_document(const std::string& path, const Render& render,
                              ReportFile::Mode mode) {
  if (auto file = open(path, mode)) documents_.push_back({std::move(file), render});
}

void ReportSet::begin(const probe::RunInfo& run) {
  stream(run);
  line_.clear();
  records::append_line(line_, run);
  summary_.begin(
      std::get<probe::RunInfo>(records::parse_line(line_)));  // as it is stored, see add()
}

// Reports say what the results file says, so that they can be rendered from it again: where text is
// not UTF-8, that is not what the result holds.
void ReportSet::add(const probe::HostResult& result) {
  stream(result);
  if (is_stored_exactly(result)) return add_stored(result);
  line_.clear();
  records::append_line(line_, result);
  add_stored(std::get<probe::HostResult>(records::parse_line(line_)));
}

void ReportSet::add_stored(const probe::HostResult& result) {
  summary_.add(result);
  if (csv_.empty()) return;
  line_.clear();
  render::append_csv_line(line_, result);
  write_line(csv_);
}

void ReportSet::end(const probe::RunEnd& end) {
  stream(end);
  summary_.end(end);
}

template <typename Value>
void ReportSet::stream(const Value& value) {
  if (jsonl_.empty()) return;
  line_.clear();
  records::append_line(line_, value);
  write_line(jsonl_);
}

void ReportSet::write_line(std::vector<File>& files) {
  for (auto& file : files) attempt(file, [&](ReportFile& open_file) { open_file.write(line_); });
}

void ReportSet::flush() {
  for (auto* files : {&jsonl_, &csv_})
    for (auto& file : *files) attempt(file, [](ReportFile& open_file) { open_file.flush(); });
}

std::size_t ReportSet::waiting() const {
  std::size_t most = 0;
  for (const auto* files : {&jsonl_, &csv_})
    for (const auto& file : *files)
      if (file) most = std::max(most, file->waiting());
  return most;
}

summary::Report ReportSet::finish(std::optional<summary::Past> past,
                                  const summary::GateRules& rules) {
  auto report = summary::judge_run(summary_, std::move(past), rules);
  if (shown_ || !documents_.empty() || report.gate.verdict != summary::GateVerdict::pass)
    summary::fill_in(report, summary_);
  for (auto* files : {&jsonl_, &csv_})
    for (auto& file : *files) attempt(file, [](ReportFile& open_file) { open_file.commit(); });
  for (auto& document : documents_)
    attempt(document.file, [&](ReportFile& file) {
      file.write(document.render(report));
      file.commit();
    });
  return report;
}

std::vector<std::string> read_results(const std::string& path, ReportSet& reports) {
  auto complaints = records::read_result_file(path, records::feed(reports));
  reports.summary().unreadable_lines += complaints.size();
  return complaints;
}

}  // namespace fleetscan::commands
