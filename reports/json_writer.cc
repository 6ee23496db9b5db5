#include "reports/json_writer.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace fleetscan {

JsonWriter& JsonWriter::open(char brace) {
  separate();
  out_ += brace;
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char brace) {
  out_ += brace;
  comma_ = true;
  return *this;
}

void JsonWriter::long_quoted(std::string_view text, char after) {
  separate();
  out_ += '"';
  out_ += text;
  out_ += '"';
  if (after != '\0') out_ += after;
}

JsonWriter& JsonWriter::foreign_key(std::string_view name) {
  separate();
  append_json(out_, name, style_);
  out_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_json(out_, text, style_);
  return *this;
}

JsonWriter& JsonWriter::hex(std::string_view bytes) {
  separate();
  out_ += '"';
  append_hex(out_, bytes);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

JsonWriter& JsonWriter::thousandths(std::int64_t value) {
  separate();
  append_thousandths(out_, value);
  return *this;
}

void append_thousandths(std::string& out, std::int64_t value) {
  std::array<char, 32> text;
  char* end = text.data();
  if (value < 0) *end++ = '-';
  const auto magnitude =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  end = std::to_chars(end, text.data() + text.size(), magnitude / 1000).ptr;
  auto rest = magnitude % 1000;
  if (rest != 0) *end++ = '.';
  for (std::uint64_t unit = 100; rest != 0; unit /= 10) {
    *end++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

}  // namespace fleetscan
