#include "reports/render/formats.h"

#include <span>

#include "reports/records/result_lines.h"
#include "reports/render/csv_report.h"
#include "reports/render/html/html_report.h"
#include "reports/render/json_report.h"
#include "reports/render/junit_report.h"
#include "reports/render/prometheus_report.h"
#include "reports/render/target_list.h"

namespace fleetscan::render {
namespace {

constexpr Stream kRecords{nullptr,
                          records::append_line,
                          records::append_line,
                          records::append_target,
                          records::append_line,
                          records::append_line};

constexpr OutputFormat kOutputFormats[] = {
    {"jsonl", "one JSON object per host; - is standard output", kRecords, "results.jsonl"},
    {"json", "the report as one JSON document", json_report, "report.json", -1},
    {"html", "the report as one page", html_report, "report.html", -2},
    {"csv", "one row per host, safe to open in a spreadsheet", csv_table},
    {"junit", "one test suite per subnet, for CI servers", junit_report},
    {"prometheus", "for node_exporter's textfile collector", prometheus_report},
    {"reachable", "the targets that were reached, one a line", reachable_targets},
    {"failing", "the targets that fail, one a line: to scan again", failing_targets},
};

}  // namespace

std::span<const OutputFormat> output_formats() { return kOutputFormats; }

}  // namespace fleetscan::render
