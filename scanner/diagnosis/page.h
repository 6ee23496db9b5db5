#pragma once
// A page of `fleetscan explain`: paragraphs and lists, folded at a width.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fleetscan::diagnosis {

/// Text in paragraphs: folded at spaces, continued under its first word.
class Page {
 public:
  /// @param width  no line is longer, unless a single word is; at least 40
  explicit Page(std::size_t width);

  void blank();
  /// A paragraph behind an empty line, unless it is the first.
  void heading(std::string_view text);
  /// @param indent  of the lines after the first, and of the first behind `label`
  void paragraph(std::string_view label, std::string_view text, std::size_t indent);
  void item(std::string_view text);
  /// A heading and its items; nothing if there are none.
  void items(std::string_view heading, std::span<const std::string> items);
  /// The name of a class or cause, and what is said about it.
  void entry(std::string_view name, std::string_view text);
  [[nodiscard]] std::string take();

 private:
  std::size_t width_;
  std::string text_;
};

}  // namespace fleetscan::diagnosis
