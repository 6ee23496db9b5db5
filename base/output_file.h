#pragma once
// ReportFile writes a report beside its final path, and moves it there once it is complete.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "base/compression.h"
#include "base/file_descriptor.h"

namespace fleetscan {

/// Another process is writing the file.
class OutputInUse : public std::system_error {
 public:
  using std::system_error::system_error;
};

/// A reader of `path` sees the old file or the whole new one, never a part. "-" is standard output,
/// and what exists without being a regular file (a pipe, /dev/null) is written as it comes.
///
/// The part is made by this process alone: two of them cannot write the same file, and no symbolic
/// link is followed, but for those of the system's own folders (/dev/stdout). What a process that
/// was killed has left is replaced.
///
/// A path that ends in .gz or .zst is compressed, block by block, each complete in itself.
///
/// Every function but the destructor throws std::system_error, which says what was attempted.
class ReportFile {
 public:
  enum class Mode : std::uint8_t {
    replace,
    lines,   ///< the same; but what was written stays, in whole lines, where it is not committed
    append,  ///< in place, behind what others wrote
  };

  /// Opens "PATH.part", so that an output that cannot be written is known at once.
  /// @throws OutputInUse
  explicit ReportFile(std::string path, Mode mode = Mode::replace);
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  /// Removes what was not committed, unless it is to stay.
  ~ReportFile();

  /// Buffers, and never waits for a reader.
  void write(std::string_view bytes);
  /// Pushes out what can be written at once: to a regular file everything, to a pipe what its
  /// reader has made room for.
  void flush();
  /// How many bytes it still holds: more than a buffer's worth where a reader is slow.
  [[nodiscard]] std::size_t waiting() const { return plain_.size() + unpushed(); }
  /// The file is whole: writes what waits, makes it durable (fsync), and moves it to its place.
  void commit();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] int descriptor() const;
  [[nodiscard]] std::size_t unpushed() const { return buffer_.size() - pushed_; }
  void check(bool good, const std::string& attempted) const;
  void open_in_place(int how);
  void open_part();
  void remove_leftover() const;
  [[nodiscard]] bool stays() const;
  void push(std::size_t bytes);
  void compress();
  void push_what_can_be();
  void note_written(std::string_view bytes);
  [[nodiscard]] bool takes_more() const;
  void make_rename_durable() const;

  std::string path_;
  Mode mode_;
  std::string part_;         ///< empty when there is nothing to move
  FileDescriptor file_;      ///< none for standard output
  bool has_reader_ = false;  ///< it is no regular file: who reads it may be slow
  Compression compression_;
  std::string plain_;          ///< what is yet to be compressed
  std::string buffer_;         ///< what is yet to be written
  std::size_t pushed_ = 0;     ///< bytes of buffer_ that are written
  std::uint64_t written_ = 0;  ///< bytes of the file
  std::uint64_t whole_ = 0;    ///< ... up to its last line feed
};

/// Whether nobody will ever read what is written to this pipe or socket.
[[nodiscard]] bool reader_is_gone(int descriptor);

/// "PATH.part", where an unfinished file lies.
[[nodiscard]] std::string part_of(const std::string& path);

/// Whether a process is writing that part just now.
[[nodiscard]] bool is_being_written(const std::string& part);

/// Whether writing `output` would replace the file `input`, an unfinished one, before it is whole.
[[nodiscard]] bool would_replace(const std::string& output, const std::string& input);

/// Has no process write to that part; no effect where there is none.
/// @return what keeps others away as long as it lives
/// @throws OutputInUse
[[nodiscard]] FileDescriptor reserve_part(const std::string& part);

/// Writes a whole document.
void write_report(const std::string& path, std::string_view bytes);

}  // namespace fleetscan
