#include "base/json_writer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"

namespace fleetscan {
namespace {

/// REQUIRES: room for every number of thousandths: 22 bytes
std::string_view format(std::span<char> text, std::int64_t value) {
  char* end = text.data();
  if (value < 0) *end++ = '-';
  const auto magnitude =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  end = std::to_chars(end, text.data() + text.size(), magnitude / 1000).ptr;
  const auto rest = static_cast<unsigned>(magnitude % 1000);
  const auto put = [&](unsigned digit) { *end++ = static_cast<char>('0' + digit); };
  if (rest != 0) {
    *end++ = '.';
    put(rest / 100);
  }
  if (rest % 100 != 0) put(rest / 10 % 10);
  if (rest % 10 != 0) put(rest % 10);
  return {text.data(), end};
}

}  // namespace

void JsonWriter::flush() {
  out_.append(buffer_.data(), filled_);
  filled_ = 0;
}

void JsonWriter::put_long(std::string_view text) {
  flush();
  out_ += text;
}

JsonWriter& JsonWriter::long_word(std::string_view text) {
  put('"');
  put(text);
  put('"');
  return *this;
}

JsonWriter& JsonWriter::strings(const std::vector<std::string>& texts) {
  begin_array();
  for (const auto& text : texts) string(text);
  return end_array();
}

JsonWriter& JsonWriter::foreign_key(std::string_view name) {
  string(name);
  put(':');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  if (is_plain_json(text, style_)) return word(text);
  separate();
  flush();
  append_json(out_, text, style_);
  return *this;
}

JsonWriter& JsonWriter::hex(std::string_view bytes) {
  separate();
  put('"');
  flush();
  append_hex(out_, bytes);
  put('"');
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  flush();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

JsonWriter& JsonWriter::thousandths(std::int64_t value) {
  filled_ += format({separate(), kRoom}, value).size();
  return *this;
}

void append_thousandths(std::string& out, std::int64_t value) {
  std::array<char, 22> text;
  out += format(text, value);
}

}  // namespace fleetscan
