#include "base/json_reader.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/escape.h"

namespace fleetscan {
namespace {

void append_utf8(std::string& out, unsigned point) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    (out += static_cast<char>(0xC0U | point >> 6)) += tail(0);
  } else if (point < 0x10000) {
    ((out += static_cast<char>(0xE0U | point >> 12)) += tail(6)) += tail(0);
  } else {
    (((out += static_cast<char>(0xF0U | point >> 18)) += tail(12)) += tail(6)) += tail(0);
  }
}

constexpr std::uint64_t repeated(unsigned char byte) { return byte * 0x0101010101010101U; }

/// Whether one of eight bytes is a quote, a backslash or a control character. After such a one it
/// may find others that are none.
constexpr bool ends_plain_text(std::uint64_t eight) {
  const auto quote = eight ^ repeated('"'), backslash = eight ^ repeated('\\');
  return (((quote - repeated(1)) & ~quote) | ((backslash - repeated(1)) & ~backslash) |
          ((eight - repeated(0x20)) & ~eight)) &
         kHighBits;
}

/// How many bytes stand before the first one that means something in a string.
/// @param bits  gets all of their bits
std::size_t plain_bytes(std::string_view text, std::uint64_t& bits) {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (ends_plain_text(eight)) break;
    bits |= eight;
  }
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == '"' || byte == '\\') break;
    bits |= repeated(byte);
  }
  return at;
}

}  // namespace

void JsonReader::fail(const std::string& message) const { throw JsonError(message, at_); }

bool JsonReader::open(char first, char last) {
  expect(first);
  if (++depth_ > kMaxDepth) fail("nested too deeply");
  if (peek() != last) return true;
  ++at_;
  --depth_;
  return false;
}

bool JsonReader::word(std::string_view literal) {
  static_cast<void>(peek());
  if (!text_.substr(at_).starts_with(literal)) return false;
  at_ += literal.size();
  return true;
}

bool JsonReader::null() { return word("null"); }

bool JsonReader::boolean() {
  if (word("true")) return true;
  if (word("false")) return false;
  fail("expected true or false");
}

std::string_view JsonReader::number_text() {
  static_cast<void>(peek());
  const auto begin = at_;
  const auto next = [&] { return at_ < text_.size() ? text_[at_] : '\0'; };
  const auto digits = [&] {
    if (!is_digit(next())) fail("expected a number");
    while (is_digit(next())) ++at_;
  };
  if (next() == '-') ++at_;
  if (next() == '0')
    ++at_;
  else
    digits();
  if (next() == '.') {
    ++at_;
    digits();
  }
  if (next() == 'e' || next() == 'E') {
    ++at_;
    if (next() == '+' || next() == '-') ++at_;
    digits();
  }
  return text_.substr(begin, at_ - begin);
}

double JsonReader::number() {
  const auto digits = number_text();
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) fail("number out of range");
  return value;
}

std::int64_t JsonReader::integer() {
  const auto digits = number_text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) fail("expected an integer");
  return value;
}

unsigned JsonReader::hex4() {
  unsigned value = 0;
  const auto digits = text_.substr(at_, 4);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4)
    fail("expected four hexadecimal digits");
  at_ += 4;
  return value;
}

void JsonReader::append_escape(std::string& out) {
  constexpr std::string_view kShort = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (at_ == text_.size()) fail("unfinished string");
  const char c = text_[at_++];
  if (const auto found = kShort.find(c); found != kShort.npos) {
    out += kMeant[found];
    return;
  }
  if (c != 'u') fail("unknown escape");
  unsigned point = hex4();
  if (point >= 0xDC00 && point <= 0xDFFF) fail("half of a surrogate pair");
  if (point >= 0xD800 && point <= 0xDBFF) {
    if (!text_.substr(at_).starts_with("\\u")) fail("half of a surrogate pair");
    at_ += 2;
    const unsigned low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair");
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(out, point);
}

std::string JsonReader::string() {
  std::string room;
  const auto view = text(room);
  return room.empty() ? std::string(view) : std::move(room);
}

std::string_view JsonReader::text(std::string& room) {
  expect('"');
  const auto begin = at_;
  std::uint64_t bits = 0;  // of all bytes together: most strings are ASCII and need no closer look
  bool copied = false;
  while (true) {
    const auto run = at_;
    at_ += plain_bytes(text_.substr(at_), bits);
    if (copied) room.append(text_, run, at_ - run);
    if (at_ == text_.size()) fail("unfinished string");
    const char c = text_[at_++];
    if (c == '"') break;
    if (c != '\\') fail("raw control character in a string");
    if (!copied) room.assign(text_, begin, at_ - 1 - begin);
    copied = true;
    append_escape(room);
  }
  const auto raw = text_.substr(begin, at_ - 1 - begin);
  if ((bits & kHighBits) != 0 && !is_utf8(raw)) fail("string is not UTF-8");
  return copied ? std::string_view(room) : raw;
}

bool JsonReader::same(std::string_view value) {
  static_cast<void>(peek());
  if (!text_.substr(at_).starts_with(value)) return false;
  at_ += value.size();
  return true;
}

std::size_t JsonReader::position() {
  static_cast<void>(peek());
  return at_;
}

std::string_view JsonReader::since(std::size_t position) const {
  return text_.substr(position, at_ - position);
}

void JsonReader::skip() {
  switch (peek()) {
    case '{': return object([this](std::string_view) { skip(); });
    case '[': return array([this] { skip(); });
    case '"': {
      std::string room;
      static_cast<void>(text(room));
      return;
    }
    case 't':
    case 'f': static_cast<void>(boolean()); return;
    case 'n':
      if (!null()) fail("expected null");
      return;
    default: static_cast<void>(number_text());
  }
}

void JsonReader::finish() {
  if (peek() != '\0' || at_ != text_.size()) fail("there is something after the value");
}

}  // namespace fleetscan
