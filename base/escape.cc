#include "base/escape.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace fleetscan {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::array<std::string_view, 8> kFormulaMarks{"=",      "+",      "-",      "@",
                                                        "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};

/// One code point at the front of a text; `length` is 1 and `valid` false for a byte that begins
/// none (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF).
struct Glyph {
  char32_t point = 0;
  std::size_t length = 1;
  bool valid = false;
};

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

Glyph first_glyph(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0) return {};
  char32_t point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned next = byte_at(text, i);
    if ((next & 0xC0U) != 0x80U) return {};
    point = point << 6 | (next & 0x3FU);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) return {};
  return {point, length, true};
}

struct PointRange {
  char32_t first, last;
};

/// What has no look of its own: Unicode's general categories Cc, Cf, Co, Zl and Zp, Zs but for the
/// space, its property Default_Ignorable_Code_Point, noncharacters, and blank symbols. In order.
constexpr PointRange kHidden[] = {
    {0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},       {0x34F, 0x34F},
    {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},
    {0x890, 0x891},     {0x8E2, 0x8E2},     {0x115F, 0x1160},   {0x1680, 0x1680},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x2000, 0x200F},   {0x2028, 0x202F},
    {0x205F, 0x206F},   {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},
    {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFC},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
    {0xF0000, 0x10FFFF}};

/// Scripts with letters that look like ASCII's, and letters of those in other forms: IPA, Greek,
/// Cyrillic, Armenian, Cherokee, phonetic extensions, Roman numerals, Lisu, full width,
/// mathematical. In order.
constexpr PointRange kAlike[] = {
    {0x250, 0x2AF},   {0x370, 0x52F},   {0x531, 0x58F},   {0x13A0, 0x13FF}, {0x1C80, 0x1C8F},
    {0x1D00, 0x1D7F}, {0x1F00, 0x1FFF}, {0x212A, 0x212A}, {0x2160, 0x217F}, {0x2C60, 0x2C7F},
    {0xA4D0, 0xA4FF}, {0xA640, 0xA69F}, {0xAB30, 0xABBF}, {0xFF10, 0xFF5A}, {0x1D400, 0x1D7FF}};

template <std::size_t N>
bool is_in(const PointRange (&ranges)[N], char32_t point) {
  const auto* range = std::ranges::lower_bound(ranges, point, {}, &PointRange::last);
  return range != std::end(ranges) && point >= range->first;
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Tells, from glyph to glyph of a text, which of them can be shown.
class Visibility {
 public:
  explicit Visibility(std::string_view text) : text_(text) {}

  /// @param at  where `glyph` stands, behind those asked for before
  [[nodiscard]] bool shows(const Glyph& glyph, std::size_t at) {
    if (!glyph.valid || (glyph.point & 0xFFFEU) == 0xFFFEU) return false;  // last two of each plane
    return !is_in(kHidden, glyph.point) && !(is_in(kAlike, glyph.point) && among_ascii(at));
  }

 private:
  /// Whether a letter of ASCII is in the word at `at`.
  bool among_ascii(std::size_t at) {
    if (at < end_) return ascii_;
    const auto in_word = [](char c) { return is_letter_or_digit(c) || !is_ascii(c); };
    auto first = at;
    while (first > 0 && in_word(text_[first - 1])) --first;
    for (end_ = at; end_ < text_.size() && in_word(text_[end_]);) ++end_;
    ascii_ = std::ranges::any_of(text_.substr(first, end_ - first), is_letter);
    return ascii_;
  }

  std::string_view text_;
  std::size_t end_ = 0;  ///< of the word that was looked at last
  bool ascii_ = false;
};

bool plain_ascii(char c) { return c >= 0x20 && c < 0x7F; }

auto append_byte(std::string& out, char c, std::string_view prefix) -> std::string& {
  const auto value = static_cast<unsigned char>(c);
  out += prefix;
  out += kHex[value >> 4];
  return out += kHex[value & 15];
}

/// Copies what can be shown, after `replace`: a function from a printable ASCII character to what
/// stands for it, or to nothing where it may stand for itself.
template <typename Replace>
void append_shown(std::string& out, std::string_view raw, Replace replace) {
  Visibility visibility(raw);
  for (std::size_t i = 0; i < raw.size();) {
    if (plain_ascii(raw[i])) {
      const std::string_view instead = replace(raw[i]);
      instead.empty() ? out.append(1, raw[i]) : out.append(instead);
      ++i;
      continue;
    }
    const auto glyph = first_glyph(raw.substr(i));
    const auto bytes = raw.substr(i, glyph.length);
    if (visibility.shows(glyph, i))
      out += bytes;
    else
      for (const char c : bytes) append_byte(out, c, "\\x");
    i += glyph.length;
  }
}

/// Whether a spreadsheet may take what begins like this for a formula: in a quoted cell, too, and
/// with the wide marks of East Asian keyboards.
bool begins_formula(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \""), text.size()));
  return std::ranges::any_of(kFormulaMarks, [&](auto mark) { return text.starts_with(mark); });
}

std::string_view as_is(char) { return {}; }

std::string_view markup_entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

void append_unicode_escape(std::string& out, char32_t point) {
  if (point > 0xFFFF) {  // as UTF-16 has it (RFC 8259 section 7)
    append_unicode_escape(out, 0xD800 + ((point - 0x10000) >> 10));
    return append_unicode_escape(out, 0xDC00 + ((point - 0x10000) & 0x3FFU));
  }
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(point >> shift) & 15U];
}

void append_json_special(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: append_unicode_escape(out, static_cast<unsigned char>(c));
  }
}

constexpr std::uint8_t style_bit(JsonStyle style) {
  return style == JsonStyle::plain ? std::uint8_t{1} : std::uint8_t{2};
}

/// What a JSON string escapes in every style, and what only where it stands in a page.
constexpr std::string_view kJsonEscaped = "\"\\", kJsonMarkup = "<>&";

/// In which styles a byte of a JSON string stands for itself.
constexpr auto kJsonPlain = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned char c = 0x20; c < 0x7F; ++c) table[c] = 3;
  for (const char c : kJsonEscaped) table[static_cast<unsigned char>(c)] = 0;
  for (const char c : kJsonMarkup)
    table[static_cast<unsigned char>(c)] = style_bit(JsonStyle::plain);
  return table;
}();

std::size_t plain_json_length(std::string_view raw, JsonStyle style) {
  const auto itself = style_bit(style);
  std::size_t length = 0;
  while (length < raw.size() && (kJsonPlain[static_cast<unsigned char>(raw[length])] & itself) != 0)
    ++length;
  return length;
}

}  // namespace

void append_printable(std::string& out, std::string_view raw) { append_shown(out, raw, as_is); }

std::string printable(std::string_view raw) {
  std::string out;
  append_printable(out, raw);
  return out;
}

void append_html(std::string& out, std::string_view raw) { append_shown(out, raw, markup_entity); }
void append_xml(std::string& out, std::string_view raw) { append_shown(out, raw, markup_entity); }

void append_csv(std::string& out, std::string_view raw) {
  std::string text;
  bool quoted = raw.find_first_of(",\"") != raw.npos || raw.starts_with(' ') || raw.ends_with(' ');
  // Where semicolons part cells, each of them begins one, quoted or not.
  for (auto rest = raw; !rest.empty();) {
    const auto cell = rest.substr(0, std::min(rest.find(';'), rest.size() - 1) + 1);
    if (begins_formula(cell)) {
      text += '\'';
      quoted = true;
    }
    append_shown(text, cell, [](char c) -> std::string_view { return c == '"' ? "\"\"" : ""; });
    rest.remove_prefix(cell.size());
  }
  if (quoted) out += '"';
  out += text;
  if (quoted) out += '"';
}

void append_workflow_command(std::string& out, std::string_view raw, bool property) {
  append_shown(out, raw, [property](char c) -> std::string_view {
    if (c == '%') return "%25";
    if (property && c == ':') return "%3A";
    if (property && c == ',') return "%2C";
    return {};
  });
}

void append_prometheus_label(std::string& out, std::string_view raw) {
  for (const char c : printable(raw)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

void append_fragment(std::string& out, std::string_view raw) {
  for (const char c : raw) {
    const bool kept = is_letter_or_digit(c) || std::string_view("-._~:/").find(c) != raw.npos;
    kept ? out.append(1, c) : append_byte(out, c, "%");
  }
}

// Every ASCII punctuation mark as a character reference: GitHub reads those as text, whatever its
// dialect makes of the mark itself (an @ mentions people, a # links to issues).
void append_markdown(std::string& out, std::string_view raw) {
  for (const char c : printable(raw)) {
    const bool mark = plain_ascii(c) && !is_letter_or_digit(c) && c != ' ' && c != '.' && c != '-';
    if (mark) {
      out += "&#";
      out += std::to_string(static_cast<int>(c));
      out += ';';
    } else {
      out += c;
    }
  }
}

bool is_plain_json(std::string_view raw, JsonStyle style) {
  return none_of_eight(raw, [style](EightChars chars) {
    auto special = unprintable(chars);
    for (const char c : kJsonEscaped) special |= containing(chars, c);
    if (style == JsonStyle::plain) return special;
    for (const char c : kJsonMarkup) special |= containing(chars, c);
    return special;
  });
}

void append_json(std::string& out, std::string_view raw, JsonStyle style) {
  out += '"';
  Visibility visibility(raw);
  for (std::size_t i = 0; i < raw.size();) {
    const auto end = i + plain_json_length(raw.substr(i), style);
    out.append(raw, i, end - i);
    if ((i = end) == raw.size()) break;
    const auto glyph = first_glyph(raw.substr(i));
    if (!glyph.valid)
      out += "\xEF\xBF\xBD";
    else if (glyph.length == 1)
      append_json_special(out, raw[i]);
    else if (visibility.shows(glyph, i))
      out.append(raw, i, glyph.length);
    else
      append_unicode_escape(out, glyph.point);
    i += glyph.length;
  }
  out += '"';
}

bool is_utf8(std::string_view raw) {
  if (is_printable_ascii(raw)) return true;
  for (std::size_t i = 0; i < raw.size();) {
    if (static_cast<unsigned char>(raw[i]) < 0x80) {
      ++i;
      continue;
    }
    const auto glyph = first_glyph(raw.substr(i));
    if (!glyph.valid) return false;
    i += glyph.length;
  }
  return true;
}

void append_hex(std::string& out, std::string_view raw) {
  for (const char c : raw) append_byte(out, c, "");
}

}  // namespace fleetscan
