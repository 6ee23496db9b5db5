#pragma once
// JsonWriter appends JSON to a string that the caller reuses. Keys keep the order of the calls.

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"

namespace fleetscan {

/// Sets the commas; that braces match and each key has one value is the caller's part.
///
///     JsonWriter json(line);
///     json.begin_object().key("port").number(22).key("host").string(name).end_object();
///
/// Members are gathered in a buffer, since a record has a hundred of a few bytes each. The string
/// has all of them once the outermost object or array is closed, or the writer is gone.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out, JsonStyle style = JsonStyle::plain)
      : out_(out), style_(style) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { flush(); }

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// A key that needs no escaping: names of our own.
  template <std::size_t N>
  JsonWriter& key(const char (&name)[N]) {
    static_assert(N + 2 <= kRoom, "a key fits into what separate() gives");
    char* at = separate();
    *at = '"';
    std::memcpy(at + 1, name, N - 1);
    std::memcpy(at + N, "\":", 2);
    filled_ += N + 2;  // the NUL gives way to the first of "":
    comma_ = false;
    return *this;
  }
  JsonWriter& key(std::string_view name) {
    word(name);
    put(':');
    comma_ = false;
    return *this;
  }
  JsonWriter& foreign_key(std::string_view name);

  JsonWriter& string(std::string_view text);
  /// A string that needs no escaping: names and forms of our own.
  JsonWriter& word(std::string_view text) {
    char* at = separate();
    if (text.size() + 2 > buffer_.size() - filled_) return long_word(text);
    *at = '"';
    std::memcpy(at + 1, text.data(), text.size());
    at[text.size() + 1] = '"';
    filled_ += text.size() + 2;
    return *this;
  }
  JsonWriter& strings(const std::vector<std::string>& texts);  ///< as an array
  JsonWriter& hex(std::string_view bytes);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() {
    std::memcpy(separate(), "null", 4);
    filled_ += 4;
    return *this;
  }
  /// A whole value that is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    put(json);
    return *this;
  }

  template <std::integral T>
  JsonWriter& number(T value) {
    char* at = separate();
    filled_ += static_cast<std::size_t>(std::to_chars(at, at + kRoom, value).ptr - at);
    return *this;
  }
  /// The shortest decimal form that reads back as the same number; null for infinities and NaN.
  JsonWriter& number(double value);
  /// With at most three decimals, which lose nothing.
  JsonWriter& milliseconds(Micros value) { return thousandths(value.count()); }
  JsonWriter& thousandths(std::int64_t value);

  /// `write(value)` for a value that is there, otherwise null.
  template <typename T, typename Write>
  JsonWriter& optional(const T& value, Write write) {
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
  JsonWriter& open(char brace) {
    *separate() = brace;
    ++filled_;
    comma_ = false;
    ++depth_;
    return *this;
  }
  JsonWriter& close(char brace) {
    put(brace);
    comma_ = true;
    if (--depth_ == 0) flush();
    return *this;
  }
  /// Begins a key or a value.
  /// @return where to write it: at least kRoom bytes
  char* separate() {
    if (buffer_.size() - filled_ <= kRoom) flush();
    buffer_[filled_] = ',';
    filled_ += comma_ ? 1 : 0;
    comma_ = true;
    return buffer_.data() + filled_;
  }

  void put(char c) {
    if (filled_ == buffer_.size()) flush();
    buffer_[filled_++] = c;
  }
  void put(std::string_view text) {
    if (text.size() > buffer_.size() - filled_) return put_long(text);
    std::memcpy(buffer_.data() + filled_, text.data(), text.size());
    filled_ += text.size();
  }
  void put_long(std::string_view text);
  JsonWriter& long_word(std::string_view text);
  void flush();

  static constexpr std::size_t kRoom = 40;  ///< for a key, or for a number

  std::string& out_;
  JsonStyle style_;
  bool comma_ = false;  ///< whether the next key or value follows another one
  int depth_ = 0;       ///< objects and arrays that are open
  std::size_t filled_ = 0;
  std::array<char, 1024> buffer_;
};

/// A number of thousandths as a decimal number without trailing zeros: 1500 -> "1.5".
void append_thousandths(std::string& out, std::int64_t value);

}  // namespace fleetscan
