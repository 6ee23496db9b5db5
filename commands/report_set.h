#pragma once
// ReportSet writes all outputs of a run: it streams what can be streamed, and renders the rest at
// the end.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/output_file.h"
#include "commands/sorted_lines.h"
#include "reports/render/formats.h"
#include "reports/render/table.h"
#include "reports/summary/gate.h"
#include "reports/summary/host_table.h"
#include "reports/summary/past.h"
#include "reports/summary/report.h"
#include "reports/summary/summary.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {

/// What a run is written to.
struct Outputs {
  render::OutputPaths paths = {};
  std::string github = {};  ///< the step's summary is added to this file; "" for none
  summary::Rows rows = summary::Rows::automatic;
  bool shown = true;  ///< finish()'s report is looked at even where the gate passes
};

/// An output that could not be written, in one sentence.
using OutputErrors = std::vector<std::string>;

/// Fed by a scan, or by results read again. One output's failure leaves the others alone.
///
///     ReportSet reports(outputs);
///     if (!reports.errors().empty()) ...   // known before the scan: a folder that is not there
///     reports.begin(run);
///     reports.add(result);                 // for each host
///     reports.end(end);
///     const Report report = reports.finish();
class ReportSet {
 public:
  /// @throws OutputInUse
  explicit ReportSet(const Outputs& outputs);

  void begin(const probe::RunInfo& run);
  /// A target's verdict.
  void add(const probe::HostResult& result);
  /// What one of several vantages saw of a target whose joint verdict is still to come.
  void add_view(const probe::HostResult& result);
  void end(const probe::RunEnd& end);
  /// Pushes what was streamed to the disk: call now and then, so that a killed run can be resumed.
  /// Does not wait for readers of pipes.
  void flush();
  /// Of the streams the one whose reader is furthest behind, in bytes.
  [[nodiscard]] std::size_t waiting() const;

  /// Writes and commits everything.
  /// @return what the reports say; valid as long as this object. Judged only, not explained, where
  ///         the gate passes, nothing is rendered from it and it is not shown.
  [[nodiscard]] summary::Report finish(std::optional<summary::Past> past = {},
                                       const summary::GateRules& rules = {});

  [[nodiscard]] const OutputErrors& errors() const { return errors_; }
  [[nodiscard]] summary::Summary& summary() { return summary_; }

 private:
  using File = std::unique_ptr<ReportFile>;
  using Render = std::function<std::string(const summary::Report&)>;
  /// The files of one format that is streamed.
  struct Lines {
    render::Stream stream;
    std::vector<File> files;
  };
  /// The files of one format that has a row per host.
  struct Rows {
    std::unique_ptr<render::Table> table;
    SortedLines lines;
    std::vector<File> files;
  };
  struct Document {
    File file;
    Render render;
  };

  [[nodiscard]] File open(const std::string& path, ReportFile::Mode mode);
  void open_all(const render::OutputFormat& format, const std::vector<std::string>& paths);
  void open_lines(const render::Stream& stream, const std::vector<std::string>& paths);
  void open_table(render::MakeTable make, const std::vector<std::string>& paths);
  void open_document(const std::string& path, const Render& render,
                     ReportFile::Mode mode = ReportFile::Mode::replace);
  /// Runs `write(file)`; when it fails, notes why and gives the file up.
  template <typename Write>
  void attempt(File& file, Write write);
  /// Appends `value` to every stream whose format has a line for it.
  template <typename Value>
  void stream(void (*render::Stream::*append)(std::string&, const Value&), const Value& value);
  void add_stored(const probe::HostResult& result);
  void take_down(const probe::HostResult& result);
  void stream_end();
  [[nodiscard]] bool tells_diagnoses() const;
  void write_rows(const summary::Report& report);
  void write_line(std::vector<File>& files);

  summary::Summary summary_;
  bool shown_;
  OutputErrors errors_;
  std::vector<Lines> streams_;
  std::vector<Rows> tables_;
  std::vector<Document> documents_;
  std::optional<probe::RunEnd> end_;  ///< of the run whose diagnoses are still to come
  std::string line_;                  ///< reused
};

/// Reads a results file (plain or gzip) and feeds what it holds.
/// @return its bad lines, each with file and line number.
/// @throws std::system_error when the file cannot be read.
[[nodiscard]] std::vector<std::string> read_results(const std::string& path, ReportSet& reports);

}  // namespace fleetscan::commands
