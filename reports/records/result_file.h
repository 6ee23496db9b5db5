#pragma once
// Reads results files, plain or compressed, record by record.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/file_descriptor.h"
#include "reports/records/result_reader.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {

/// A results file that can be read more than once: of what cannot (a pipe), a copy is kept in an
/// unnamed temporary file.
class ResultFile {
 public:
  enum class Reads : std::uint8_t { once, often };

  /// @param path  "-" is standard input
  explicit ResultFile(const std::string& path, Reads reads = Reads::often);

  /// Hands on each record, in order.
  /// @return its bad lines, each with file and line number
  /// @throws std::system_error when the file cannot be read
  [[nodiscard]] std::vector<std::string> read(ResultReader::OnRecord on_record);

 private:
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };

  void check(bool good, const char* attempted) const;

  std::string name_;
  FileDescriptor file_;
  int error_;    ///< why it could not be opened
  bool copies_;  ///< it cannot be read again
  std::unique_ptr<FILE, Close> copy_;
  bool copied_ = false;  ///< the copy is whole
  bool read_ = false;    ///< ... once already
};

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
