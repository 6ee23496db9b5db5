#include "base/csv_rows.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/lines.h"

namespace fleetscan {

CsvRows::CsvRows(std::string_view text, char separator)
    : rest_(without_bom(text)), separator_(separator) {}

char CsvRows::separator_of(std::string_view text) {
  const auto header = text.substr(0, text.find('\n'));
  constexpr std::array kSeparators{',', ';', '\t'};
  return *std::ranges::max_element(kSeparators, {},
                                   [&](char c) { return std::ranges::count(header, c); });
}

bool CsvRows::next() {
  while (!rest_.empty()) {
    read_row();
    const bool blank = fields_.size() == 1 && trimmed(fields_.front()).empty();
    if (!blank || fault_) return true;
  }
  return false;
}

/// After an opening quote: up to the closing one.
void CsvRows::read_quoted(std::string& field) {
  while (!rest_.empty() && field.size() <= kMaxLineBytes) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') ++line_;
    if (c != '"') {
      field += c;
    } else if (rest_.starts_with('"')) {
      field += '"';
      rest_.remove_prefix(1);
    } else {
      return;
    }
  }
  fault_ = "an unclosed quote";
}

void CsvRows::read_row() {
  fields_.assign(1, "");
  fault_ = nullptr;
  row_line_ = line_;
  std::size_t bytes = 0;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') {
      ++line_;
      break;
    }
    if (c == '\r' && (rest_.empty() || rest_.front() == '\n')) continue;
    if (++bytes > kMaxLineBytes) {
      if (!fault_) fault_ = kLongLine;
      continue;
    }
    if (c == '\0') fault_ = kNulByte;
    if (c == separator_)
      fields_.emplace_back();
    else if (c == '"' && fields_.back().empty())
      read_quoted(fields_.back());
    else
      fields_.back() += c;
  }
}

}  // namespace fleetscan
