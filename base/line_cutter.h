#pragma once
// LineCutter splits a stream of bytes into lines, in whatever chunks the bytes arrive.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace fleetscan {

/// Keeps no more than one line in memory, and none that is longer than `most`.
class LineCutter {
 public:
  /// Called for each line, in order: without its line feed, and where its first byte stands.
  /// `whole` is false for a line that is too long; then `line` is empty.
  using OnLine = std::function<void(std::string_view line, std::uint64_t offset, bool whole)>;

  LineCutter(std::size_t most, OnLine on_line) : most_(most), on_line_(std::move(on_line)) {}

  void feed(std::string_view bytes);
  /// The stream ends here: a last line may lack its line feed.
  void finish();

 private:
  void take(std::string_view line);

  std::size_t most_;
  OnLine on_line_;
  std::string pending_;       ///< the beginning of a line whose end was not fed yet
  bool overlong_ = false;     ///< the rest of this line is dropped
  std::uint64_t offset_ = 0;  ///< of the next line to be taken
  std::uint64_t fed_ = 0;
};

}  // namespace fleetscan
