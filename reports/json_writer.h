#pragma once
// Writes JSON onto the end of a string that the caller reuses. Keys keep the order of the calls.

#include <array>
#include <charconv>
#include <concepts>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "reports/escape.h"
#include "scanner/evidence.h"

namespace fleetscan {

/// Sets the commas; that braces match and each key has one value is the caller's part.
///
///     JsonWriter json(line);
///     json.begin_object().key("port").number(22).key("host").string(name).end_object();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out, JsonStyle style = JsonStyle::plain)
      : out_(out), style_(style) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// A key that needs no escaping: names of our own.
  JsonWriter& key(std::string_view name) {
    quoted(name, ':');
    comma_ = false;
    return *this;
  }
  JsonWriter& foreign_key(std::string_view name);

  JsonWriter& string(std::string_view text);
  /// A string that needs no escaping: names and forms of our own.
  JsonWriter& word(std::string_view text) {
    quoted(text, '\0');
    comma_ = true;
    return *this;
  }
  JsonWriter& hex(std::string_view bytes);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// A whole value that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <std::integral T>
  JsonWriter& number(T value) {
    std::array<char, 24> text;
    text[0] = ',';
    const auto end = std::to_chars(text.data() + 1, text.data() + text.size(), value).ptr;
    const char* begin = text.data() + (comma_ ? 0 : 1);
    out_.append(begin, static_cast<std::size_t>(end - begin));
    comma_ = true;
    return *this;
  }
  /// The shortest decimal form that reads back as the same number; null for infinities and NaN.
  JsonWriter& number(double value);
  /// With at most three decimals, which lose nothing.
  JsonWriter& milliseconds(Micros value) { return thousandths(value.count()); }
  JsonWriter& thousandths(std::int64_t value);

  /// `write(value)` for a value that is there, otherwise null.
  template <typename T, typename Write>
  JsonWriter& optional(const std::optional<T>& value, Write write) {
    if (!value) return null();
    write(*value);
    return *this;
  }
  JsonWriter& optional(const std::optional<std::string>& text) {
    return text ? string(*text) : null();
  }
  JsonWriter& optional(const std::optional<Micros>& value) {
    return value ? milliseconds(*value) : null();
  }

 private:
  JsonWriter& open(char brace);
  JsonWriter& close(char brace);

  /// A comma if one is due, `text` in quotes, and `after` unless that is NUL: one append for all,
  /// since lines consist of hundreds of them.
  void quoted(std::string_view text, char after) {
    std::array<char, 64> piece;
    if (text.size() > piece.size() - 4) return long_quoted(text, after);
    char* end = piece.data();
    if (comma_) *end++ = ',';
    *end++ = '"';
    std::memcpy(end, text.data(), text.size());
    end += text.size();
    *end++ = '"';
    if (after != '\0') *end++ = after;
    out_.append(piece.data(), static_cast<std::size_t>(end - piece.data()));
  }
  void long_quoted(std::string_view text, char after);
  void separate() {
    if (comma_) out_ += ',';
    comma_ = true;
  }

  std::string& out_;
  JsonStyle style_;
  bool comma_ = false;  ///< whether the next key or value follows another one
};

/// A number of thousandths as a decimal number without trailing zeros: 1500 -> "1.5".
void append_thousandths(std::string& out, std::int64_t value);

}  // namespace fleetscan
