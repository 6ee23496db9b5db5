#pragma once
// ReportFile writes a report beside its final path, and moves it there once it is complete.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace fleetscan {

/// A reader of `path` sees the old file or the whole new one, never a part. "-" is standard output,
/// and what exists without being a regular file (a pipe, /dev/null) is written as it comes.
///
/// Every function but the destructor throws std::system_error, which says what was attempted.
class ReportFile {
 public:
  enum class Mode : std::uint8_t {
    replace,
    append,  ///< in place, behind what others wrote
  };

  /// Opens "PATH.part", so that an output that cannot be written is known at once.
  explicit ReportFile(std::string path, Mode mode = Mode::replace);
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  /// Removes what was not committed.
  ~ReportFile();

  /// Buffers, and never waits for a reader.
  void write(std::string_view bytes);
  /// Pushes out what can be written at once: to a regular file everything, to a pipe what its
  /// reader has made room for.
  void flush();
  /// How many bytes it still holds: more than a buffer's worth where a reader is slow.
  [[nodiscard]] std::size_t waiting() const { return buffer_.size() - pushed_; }
  /// The file is whole: writes what waits, makes it durable (fsync), and moves it to its place.
  void commit();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] int descriptor() const;
  void check(bool good, const std::string& attempted) const;
  void push(std::size_t bytes);
  [[nodiscard]] bool takes_more() const;
  void make_rename_durable() const;

  std::string path_;
  std::string part_;         ///< empty when there is nothing to move
  FileDescriptor file_;      ///< none for standard output
  bool has_reader_ = false;  ///< it is no regular file: who reads it may be slow
  std::string buffer_;
  std::size_t pushed_ = 0;  ///< bytes of buffer_ that are written
};

/// Writes a whole document.
void write_report(const std::string& path, std::string_view bytes);

}  // namespace fleetscan
