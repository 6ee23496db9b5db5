#include "reports/records/merge_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/compressed_input.h"
#include "base/escape.h"
#include "base/file_descriptor.h"
#include "base/json_reader.h"
#include "base/line_cutter.h"
#include "base/numbers.h"
#include "base/output_file.h"
#include "reports/records/diagnosis_record.h"
#include "reports/records/merge.h"
#include "reports/records/record_index.h"
#include "reports/records/result_lines.h"
#include "reports/records/result_reader.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {
namespace {

constexpr std::uint64_t kLineCost = 1024;  // in idle bytes: short lines take their time, too

/// A results file that is read front to back once, then at chosen places. What cannot be read twice
/// (a pipe, a compressed file) is copied to an unnamed temporary file. Failures throw
/// std::system_error.
class Input {
 public:
  explicit Input(const std::string& path)
      : path_(path), name_(printable(path)), stream_(std::in_place, opened(), name_) {}

  void read(Merge& merge) {
    std::uint64_t idle = 0;  // bytes since the last record
    LineCutter cutter(ResultReader::kMaxLineBytes,
                      [&](std::string_view line, std::uint64_t offset, bool whole) {
                        idle += kLineCost;
                        if (!whole) return merge.skip_line();
                        if (merge.add(line, offset)) idle = 0;
                      });
    while (idle <= ResultReader::kMaxIdleBytes) {
      const auto bytes = stream_->next();
      if (!places_) open_places();
      if (bytes.empty()) break;
      if (copying_)
        check(std::fwrite(bytes.data(), 1, bytes.size(), places_.get()) == bytes.size(),
              "cannot copy");
      idle += bytes.size();
      cutter.feed(bytes);
    }
    check(!copying_ || std::fflush(places_.get()) == 0, "cannot copy");
    cutter.finish();
    if (idle > ResultReader::kMaxIdleBytes) merge.skip_rest();
    stream_.reset();
  }

  void read_at(std::string& out, const RecordIndex::Record& record) const {
    out.resize(record.length);
    const auto count =
        ::pread(fileno(places_.get()), out.data(), out.size(), static_cast<off_t>(record.offset));
    check(count == static_cast<ssize_t>(out.size()), "changed while it was read:");
  }

 private:
  [[nodiscard]] FileDescriptor opened() const {
    FileDescriptor file(path_ == "-" ? ::dup(STDIN_FILENO)
                                     : ::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    check(static_cast<bool>(file), "cannot read");
    return file;
  }

  void check(bool good, const char* attempted) const {
    if (!good)
      throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                              attempted + (' ' + name_));
  }

  void open_places() {
    struct stat status {};
    const bool regular =
        path_ != "-" && ::stat(path_.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    copying_ = !regular || !stream_->plain();
    places_.reset(copying_ ? std::tmpfile() : std::fopen(path_.c_str(), "rb"));
    check(places_ != nullptr, copying_ ? "no temporary file for" : "cannot read");
  }

  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };

  std::string path_;
  std::string name_;
  std::optional<CompressedInput> stream_;
  std::unique_ptr<FILE, Close> places_;
  bool copying_ = false;
};

/// A line that is no good record is written as it came, and judged by nobody.
void judge(LastWord& last_word, RecordReader& reader, std::string_view line) try {
  const auto record = reader.read(line.substr(0, line.size() - 1));
  if (const auto* result = std::get_if<probe::HostResult>(&record)) last_word.add(*result);
} catch (const JsonError&) {
}

void write_diagnoses(LastWord& last_word, ReportFile& file) {
  std::string line;
  last_word.write([&](const Diagnosis& diagnosis) {
    line.clear();
    append_line(line, diagnosis);
    file.write(line);
  });
}

void write(const Merge& merge, const std::deque<Input>& inputs, ReportFile& file,
           LastWord* last_word) {
  RecordReader reader;
  if (last_word) last_word->begin(merge.run());
  std::string line, record;
  append_line(line, merge.run());
  file.write(line);
  for (std::size_t i = 0; i < merge.records().size(); ++i) {
    const auto& place = merge.records()[i];
    inputs[place.file].read_at(record, place);
    line.clear();
    merge.append_line(line, place, record);
    file.write(line);
    if (last_word) judge(*last_word, reader, line);
  }
  if (last_word) write_diagnoses(*last_word, file);
  line.clear();
  append_line(line, merge.end());
  file.write(line);
  file.commit();
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

MergeSummary merge_files(const std::vector<std::string>& paths, const std::string& output,
                         LastWord* last_word) {
  using Ending = MergeSummary::Ending;
  MergeSummary summary;
  Merge merge;
  std::deque<Input> inputs;
  for (const auto& path : paths)
    if (would_replace(output, path))
      return {Ending::refused,
              {},
              {"writing " + printable(output) + " would destroy " + printable(path) +
               ": write elsewhere"}};
  try {
    for (const auto& path : paths) {
      merge.begin_input(path);
      inputs.emplace_back(path).read(merge);
    }
    merge.finish();
    append(summary.messages, merge.unreadable());
  } catch (const std::system_error& error) {
    return {Ending::refused, {}, {error.what()}};
  }
  if (!merge.conflicts().empty()) {
    append(summary.messages, merge.conflicts());
    summary.ending = Ending::refused;
    return summary;
  }
  try {
    ReportFile file(output);
    write(merge, inputs, file, last_word);
  } catch (const std::system_error& error) {
    return {Ending::unwritable, {}, {error.what()}};
  }
  append(summary.messages, merge.missing());
  if (!merge.missing().empty()) summary.ending = Ending::incomplete;
  summary.done =
      counted(merge.records().size(), "host") + " of " + counted(merge.run().parts.size(), "run");
  return summary;
}

}  // namespace fleetscan::records
