#pragma once
// Reads results files, plain or gzipped, record by record.

#include <string>
#include <variant>
#include <vector>

#include "reports/records/result_reader.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

/// Hands on each record of a file, in order. "-" is standard input.
/// @return its bad lines, each with file and line number.
/// @throws std::system_error when the file cannot be read.
[[nodiscard]] std::vector<std::string> read_result_file(const std::string& path,
                                                        ResultReader::OnRecord on_record);

/// Hands records on to a `sink` that has begin(RunInfo), add(HostResult) and end(RunEnd).
template <typename Sink>
[[nodiscard]] ResultReader::OnRecord feed(Sink& sink) {
  return [&sink](Record&& record) {
    if (const auto* result = std::get_if<probe::HostResult>(&record)) sink.add(*result);
    if (const auto* run = std::get_if<probe::RunInfo>(&record)) sink.begin(*run);
    if (const auto* end = std::get_if<probe::RunEnd>(&record)) sink.end(*end);
  };
}

}  // namespace fleetscan::records
