#pragma once
// Writes JSON onto the end of a string that the caller reuses. Keys keep the order of the calls.

#include <fmt/format.h>

#include <concepts>
#include <iterator>
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
  JsonWriter& key(std::string_view name);
  JsonWriter& foreign_key(std::string_view name);

  JsonWriter& string(std::string_view text);
  JsonWriter& hex(std::string_view bytes);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// A whole value that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <std::integral T>
  JsonWriter& number(T value) {
    separate();
    fmt::format_to(std::back_inserter(out_), "{}", value);
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
