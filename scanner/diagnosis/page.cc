#include "scanner/diagnosis/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace fleetscan::diagnosis {

Page::Page(std::size_t width) : width_(std::max<std::size_t>(width, 40)) {}

void Page::blank() { text_ += '\n'; }

void Page::heading(std::string_view text) {
  if (!text_.empty()) blank();
  paragraph("", text, 0);
}

void Page::paragraph(std::string_view label, std::string_view text, std::size_t indent) {
  std::string line(label);
  line.resize(std::max(indent, line.size()), ' ');
  bool begun = false;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (begun && line.size() + 1 + word.size() > width_) {
      text_ += line + '\n';
      line.assign(indent, ' ');
      begun = false;
    }
    if (begun) line += ' ';
    line += word;
    begun = true;
  }
  text_ += line + '\n';
}

void Page::item(std::string_view text) { paragraph("  - ", text, 4); }

void Page::items(std::string_view heading, std::span<const std::string> items) {
  if (items.empty()) return;
  this->heading(heading);
  for (const auto& text : items) item(text);
}

void Page::entry(std::string_view name, std::string_view text) {
  constexpr std::size_t kTexts = 29, kTwoColumns = 2 * kTexts;
  if (width_ >= kTwoColumns) return paragraph(fmt::format("  {:<27}", name), text, kTexts);
  paragraph("  ", name, 2);
  paragraph("", text, 6);
}

std::string Page::take() { return std::move(text_); }

}  // namespace fleetscan::diagnosis
