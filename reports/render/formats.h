#pragma once
// Every format that a run can be written in, a row each. From its row follow the format's option
// in `fleetscan` and `fleetscan report`, its help and completion, its file in an output folder, and
// the places that a confined scan may still write to.

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reports/records/diagnosis_record.h"
#include "reports/render/table.h"
#include "reports/summary/report.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {

/// Written while the run goes on. A function appends to `out`; null adds nothing.
struct Stream {
  std::string (*head)() = nullptr;  ///< what the file starts with
  void (*run)(std::string& out, const probe::RunInfo& run) = nullptr;
  void (*result)(std::string& out, const probe::HostResult& result) = nullptr;
  void (*joint)(std::string& out, const probe::HostResult& joint) = nullptr;
  void (*diagnosis)(std::string& out, const records::Diagnosis& diagnosis) = nullptr;
  void (*end)(std::string& out, const probe::RunEnd& end) = nullptr;
};

/// Makes a table with a row per host.
using MakeTable = std::unique_ptr<Table> (*)();

/// Written once, at the end of the run.
using Document = std::string (*)(const summary::Report& report);

/// Likewise, but it also depends on what the file held before the run.
using Update = std::string (*)(const summary::Report& report, std::string_view before);

struct OutputFormat {
  std::string_view name;  ///< "junit": its option is --junit FILE
  std::string_view help;
  std::variant<Stream, MakeTable, Document, Update> content;
  std::string_view in_folder = {};  ///< its file's name in an output folder; "" for none there
  int listed = 0;                   ///< the terminal summary names files of lower numbers first
};

/// In the order of the help.
[[nodiscard]] std::span<const OutputFormat> output_formats();

/// Where outputs go, by the name of their format: paths, or "-" for standard output.
using OutputPaths = std::map<std::string, std::vector<std::string>, std::less<>>;

}  // namespace fleetscan::render
