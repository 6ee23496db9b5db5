#include "reports/render/text_page.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"

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

/// A word with the blanks before it, or a part of a word, or words that stay together.
struct Piece {
  std::string_view blanks, word;
  Tone tone;
};

bool is_number(std::string_view word) {
  return word.find_first_not_of("0123456789.,") == word.npos && !word.empty() &&
         is_digit(word.back());
}

/// The first word of `text`, with the words that it is not to be parted from: "4.0 s", "< 0.1 ms".
std::string_view bound_words(std::string_view text, std::size_t room) {
  auto end = std::min(text.find(' '), text.size());
  for (auto last = text.substr(0, end); end < text.size();) {
    if (!is_number(last) && last != "<") break;
    const auto next =
        text.substr(end + 1, std::min(text.find(' ', end + 1), text.size()) - end - 1);
    const bool parts = next.empty() || (is_number(last) && is_number(next));
    if (parts || columns(text.substr(0, end + 1 + next.size())) > room) break;
    end += 1 + next.size();
    last = next;
  }
  return text.substr(0, end);
}

/// What a line takes of a word that is longer: a path up to a slash, names up to a comma.
std::string_view first_line(std::string_view word, std::size_t room) {
  const auto part = head(word, room);
  const auto mark = part.size() == word.size() ? part.npos : part.find_last_of("/,");
  return mark == part.npos ? part : part.substr(0, mark + 1);
}

std::vector<Piece> pieces_of(const std::vector<Span>& spans, std::size_t room) {
  std::vector<Piece> pieces;
  for (const auto& [text, tone] : spans) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto blanks = rest.substr(0, std::min(rest.find_first_not_of(' '), rest.size()));
      rest.remove_prefix(blanks.size());
      const auto word = first_line(bound_words(rest, room), room);
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
  indent = std::min(indent, most / 2);
  hanging = std::min(hanging, most / 2);
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

std::string wrapped(std::string_view text, const TerminalStyle& style) {
  constexpr std::size_t kFurther = 4;
  if (!style.is_terminal()) return std::string(text);
  TextPage page(style);
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto indent = std::min(line.find_first_not_of(' '), line.size());
    const auto gap = line.rfind("  ");
    const bool column = gap != line.npos && gap >= indent && 2 * (gap + 2) <= style.width;
    line.remove_prefix(indent);
    const auto further = indent > 0 ? indent + kFurther : 0;
    page.paragraph(std::string(line), indent, column ? gap + 2 : further);
  }
  return page.take();
}

void TextPage::end_line() {
  out_.resize(out_.find_last_not_of(' ') + 1);
  out_ += '\n';
}

}  // namespace fleetscan::render
