#pragma once
// A TextPage lays text out for a terminal: paragraphs wrapped at its width with hanging indents,
// or, for all that is no terminal, one line each, however long.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleetscan::render {

/// Decided by the caller from flags, environment and the stream. The default is what a pipe gets.
struct TerminalStyle {
  bool color = false;
  bool unicode = false;   ///< the locale's encoding is UTF-8
  std::size_t width = 0;  ///< columns of the terminal; 0: it is none, and nothing is wrapped or cut

  [[nodiscard]] bool is_terminal() const { return width > 0; }
};

enum class Tone : std::uint8_t { plain, good, warn, bad, strong, dim };

struct Span {
  std::string text;  ///< printable
  Tone tone = Tone::plain;
};

class TextPage {
 public:
  /// A narrower terminal is taken for one of this width.
  static constexpr std::size_t kNarrowest = 40;

  explicit TextPage(const TerminalStyle& style) : style_(style) {}

  /// One paragraph. A word is broken only where it does not fit a line of its own, then if possible
  /// behind a slash or a comma; a number is not parted from its unit.
  /// @param indent   columns before its first line
  /// @param hanging  columns before the others; at most half of the width is taken
  void paragraph(const std::vector<Span>& spans, std::size_t indent = 0, std::size_t hanging = 4);
  void paragraph(std::string text, std::size_t indent = 0, std::size_t hanging = 4) {
    paragraph(std::vector<Span>{{std::move(text)}}, indent, hanging);
  }
  void empty_line() {
    ++paragraphs_;
    out_ += '\n';
  }

  /// Columns that a list of names may fill behind `before` columns: the rest of one line of a
  /// terminal.
  [[nodiscard]] std::size_t names_room(std::size_t before, std::size_t unbounded) const;
  [[nodiscard]] std::string_view dot() const { return style_.unicode ? " \u00b7 " : ", "; }

  [[nodiscard]] std::string take() { return std::move(out_); }
  /// Empty lines included.
  [[nodiscard]] std::size_t paragraphs() const { return paragraphs_; }

 private:
  [[nodiscard]] std::size_t width() const;
  void append(std::string_view text, Tone tone);
  void end_line();

  const TerminalStyle style_;
  std::string out_;
  std::size_t paragraphs_ = 0;
};

/// The lines of `text`, those that are too long for the terminal wrapped: below their last column,
/// if that begins in the left half; else further in than they begin, if they are indented.
[[nodiscard]] std::string wrapped(std::string_view text, const TerminalStyle& style);

}  // namespace fleetscan::render
