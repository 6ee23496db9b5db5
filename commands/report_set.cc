#include "commands/report_set.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/escape.h"
#include "base/output_file.h"
#include "reports/records/result_file.h"
#include "reports/records/result_lines.h"
#include "reports/records/result_reader.h"
#include "reports/render/formats.h"
#include "reports/render/github_summary.h"
#include "reports/summary/gate.h"
#include "reports/summary/host_table.h"
#include "reports/summary/past.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

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
  for (const auto& format : render::output_formats())
    if (const auto paths = outputs.paths.find(format.name); paths != outputs.paths.end())
      open_all(format, paths->second);
  if (!outputs.github.empty())
    open_document(outputs.github, render::github_summary, ReportFile::Mode::append);
  // Healthy hosts are named in documents alone.
  if (documents_.empty()) summary_ = summary::Summary(summary::Rows::failed);
}

void ReportSet::open_all(const render::OutputFormat& format,
                         const std::vector<std::string>& paths) {
  if (const auto* lines = std::get_if<render::Stream>(&format.content))
    open_lines(*lines, paths);
  else if (const auto* make = std::get_if<render::MakeTable>(&format.content))
    open_table(*make, paths);
  else if (const auto* document = std::get_if<render::Document>(&format.content))
    for (const auto& path : paths) open_document(path, *document);
  else if (const auto* update = std::get_if<render::Update>(&format.content))
    for (const auto& path : paths)
      open_document(path, [update = *update, before = text_of(path)](
                              const summary::Report& report) { return update(report, before); });
}

void ReportSet::open_lines(const render::Stream& stream, const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  auto& lines = streams_.emplace_back(Lines{stream, {}});
  for (const auto& path : paths) lines.files.push_back(open(path, ReportFile::Mode::lines));
  if (!stream.head) return;
  line_ = stream.head();
  write_line(lines.files);
}

void ReportSet::open_table(render::MakeTable make, const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  try {
    tables_.push_back({make(), {}, {}});
  } catch (const std::system_error& error) {
    errors_.emplace_back(error.what());
    return;
  }
  for (const auto& path : paths)
    tables_.back().files.push_back(open(path, ReportFile::Mode::replace));
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
  } catch (const OutputInUse&) {
    throw;
  } catch (const std::system_error& error) {
    errors_.emplace_back(error.what());
    return nullptr;
  }
}

void ReportSet::open_document(const std::string& path, const Render& render,
                              ReportFile::Mode mode) {
  if (auto file = open(path, mode)) documents_.push_back({std::move(file), render});
}

// Reports say what the results file says, so that they can be rendered from it again: where text is
// not UTF-8, that is not what the run or the result holds.
void ReportSet::begin(const probe::RunInfo& run) {
  stream_end();
  line_.clear();
  records::append_line(line_, run);
  const auto stored = std::get<probe::RunInfo>(records::parse_line(line_));
  stream(&render::Stream::run, stored);
  summary_.begin(stored);
}

void ReportSet::add(const probe::HostResult& result) {
  if (is_stored_exactly(result)) return add_stored(result);
  line_.clear();
  records::append_line(line_, result);
  add_stored(std::get<probe::HostResult>(records::parse_line(line_)));
}

void ReportSet::add_view(const probe::HostResult& result) {
  stream(&render::Stream::result, result);
}

void ReportSet::add_stored(const probe::HostResult& result) {
  stream(result.views.empty() ? &render::Stream::result : &render::Stream::joint, result);
  take_down(result);
  summary_.add(result);
}

void ReportSet::take_down(const probe::HostResult& result) {
  for (auto& rows : tables_) try {
      if (const auto row = rows.table->take_down(result))
        rows.lines.add({records::address_of(result), result.target.name()}, *row);
    } catch (const std::system_error& error) {
      errors_.emplace_back(error.what());
      rows.files.clear();
    }
}

void ReportSet::end(const probe::RunEnd& end) {
  end_ = end;
  summary_.end(end);
}

void ReportSet::stream_end() {
  if (end_) stream(&render::Stream::end, *std::exchange(end_, std::nullopt));
}

bool ReportSet::tells_diagnoses() const {
  return !tables_.empty() || std::ranges::any_of(streams_, [](const Lines& lines) {
    return lines.stream.diagnosis != nullptr;
  });
}

void ReportSet::write_rows(const summary::Report& report) {
  if (tables_.empty()) return;
  std::unordered_map<std::string, const summary::HostRow*> judged;
  for (const auto& row : report.rows)
    if (probe::needs_attention(row.state())) judged.emplace(row.target(), &row);
  for (auto& rows : tables_) {
    if (rows.files.empty()) continue;
    line_ = rows.table->head();
    write_line(rows.files);
    rows.lines.visit([&](const SortedLines::Place& place, std::string_view taken_down) {
      const auto found = judged.find(place.target);
      line_.clear();
      rows.table->append_row(line_, taken_down, found == judged.end() ? nullptr : found->second,
                             report);
      write_line(rows.files);
    });
    for (auto& file : rows.files) attempt(file, [](ReportFile& open_file) { open_file.commit(); });
  }
}

template <typename Value>
void ReportSet::stream(void (*render::Stream::*append)(std::string&, const Value&),
                       const Value& value) {
  for (auto& lines : streams_) {
    if (!(lines.stream.*append)) continue;
    line_.clear();
    (lines.stream.*append)(line_, value);
    write_line(lines.files);
  }
}

void ReportSet::write_line(std::vector<File>& files) {
  for (auto& file : files) attempt(file, [&](ReportFile& open_file) { open_file.write(line_); });
}

void ReportSet::flush() {
  for (auto& lines : streams_)
    for (auto& file : lines.files) attempt(file, [](ReportFile& open_file) { open_file.flush(); });
}

std::size_t ReportSet::waiting() const {
  std::size_t most = 0;
  for (const auto& lines : streams_)
    for (const auto& file : lines.files)
      if (file) most = std::max(most, file->waiting());
  return most;
}

summary::Report ReportSet::finish(std::optional<summary::Past> past,
                                  const summary::GateRules& rules) {
  auto report = summary::judge_run(summary_, std::move(past), rules);
  if (shown_ || !documents_.empty() || tells_diagnoses() ||
      report.gate.verdict != summary::GateVerdict::pass)
    summary::fill_in(report, summary_);
  for (const auto& row : report.rows)
    if (const auto diagnosis = summary::diagnosis_of(row, report))
      stream(&render::Stream::diagnosis, *diagnosis);
  stream_end();
  write_rows(report);
  for (auto& lines : streams_)
    for (auto& file : lines.files) attempt(file, [](ReportFile& open_file) { open_file.commit(); });
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
