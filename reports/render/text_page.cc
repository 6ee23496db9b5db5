#include "reports/render/text_page.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::render {
namespace {

std::string_view code(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::good: return "\x1b[32m";
    case Tone::warn: return "\x1b[33m";
    case Tone::bad: return "\x1b[31m";
    case Tone::strong: return "\x1b[1m";
    case Tone::dim: return "\x1b[2m";
  }
  return "";
}

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

/// The first `count` characters of it.
std::string_view head(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size(); ++at)
    if (starts_character(text[at]) && ++seen > count) break;
  return text.substr(0, at);
}

/// A word with the blanks before it, or a part of a word.
struct Piece {
  std::string_view blanks, word;
  Tone tone;
};

std::vector<Piece> pieces_of(const std::vector<Span>& spans, std::size_t room) {
  std::vector<Piece> pieces;
  for (const auto& [text, tone] : spans) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto blanks = rest.substr(0, std::min(rest.find_first_not_of(' '), rest.size()));
      rest.remove_prefix(blanks.size());
      const auto word = head(rest.substr(0, std::min(rest.find(' '), rest.size())), room);
      rest.remove_prefix(word.size());
      pieces.push_back({blanks, word, tone});
    }
  }
  return pieces;
}

}  // namespace

std::size_t TextPage::width() const {
  return style_.is_terminal() ? std::max(style_.width, kNarrowest)
                              : std::numeric_limits<std::size_t>::max();
}

std::size_t TextPage::names_room(std::size_t before, std::size_t unbounded) const {
  if (!style_.is_terminal()) return unbounded;
  return std::max(width() - std::min(width(), before), kNarrowest / 2);
}

void TextPage::append(std::string_view text, Tone tone) {
  if (!style_.color || tone == Tone::plain || text.empty()) {
    out_ += text;
    return;
  }
  ((out_ += code(tone)) += text) += "\x1b[0m";
}

void TextPage::paragraph(const std::vector<Span>& spans, std::size_t indent, std::size_t hanging) {
  ++paragraphs_;
  const auto most = width();
  indent = std::min(indent, kNarrowest / 2);
  hanging = std::min(hanging, kNarrowest / 2);
  out_.append(indent, ' ');
  auto used = indent;
  bool begins = true;  // of a line
  for (const auto& [blanks, word, tone] : pieces_of(spans, most - hanging)) {
    const auto size = columns(word);
    if (!begins && used + blanks.size() + size > most && size > 0) {
      end_line();
      out_.append(hanging, ' ');
      used = hanging;
      begins = true;
    }
    if (!begins) {
      out_ += blanks;
      used += blanks.size();
    }
    append(word, tone);
    used += size;
    begins = begins && size == 0;
  }
  end_line();
}

void TextPage::end_line() {
  out_.resize(out_.find_last_not_of(' ') + 1);
  out_ += '\n';
}

}  // namespace fleetscan::render
