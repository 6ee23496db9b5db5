#pragma once
// HtmlWriter writes HTML in which untrusted text can be nothing but text.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleetscan::render {

/// Markup of our own. Can only be made of a literal at compile time, so that no value of a run,
/// and no escaping that someone forgot, gets into a page as markup.
class Markup {
 public:
  template <std::size_t N>
  consteval Markup(const char (&literal)[N])
      : text_(literal, N - 1) {}  // NOLINT: implicit on purpose
  [[nodiscard]] constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// Appends to a string. Attribute values are always quoted in the markup around them.
///
///     html.markup("<td title=\"").text(host).markup("\">").text(host).markup("</td>");
class HtmlWriter {
 public:
  explicit HtmlWriter(std::string& out) : out_(out) {}

  HtmlWriter& markup(Markup markup) {
    out_ += markup.view();
    return *this;
  }
  HtmlWriter& text(std::string_view raw);
  /// Text of folded names, "web[01,03,07]", which may go on in a new line behind each comma.
  HtmlWriter& names(std::string_view raw);
  HtmlWriter& number(std::uint64_t value);  ///< as people read it: "1,234"
  /// A coordinate of a drawing, with at most one decimal.
  HtmlWriter& coordinate(double value);
  /// The value of a fragment link: "#q=" and this.
  HtmlWriter& fragment(std::string_view raw);

 private:
  std::string& out_;
};

}  // namespace fleetscan::render
