#pragma once
// JsonReader reads a JSON text front to back without building a tree: results files have millions
// of lines.

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fleetscan {

/// What is wrong with a text, and at which byte of it (from 0).
struct JsonError : std::runtime_error {
  JsonError(const std::string& message, std::size_t where)
      : std::runtime_error(message), offset(where) {}
  std::size_t offset;
};

/// The caller says which value it expects next; every function throws JsonError when another one
/// stands there, or when the text is not JSON (RFC 8259) nested at most kMaxDepth deep. Whatever
/// the text holds, a reader neither reads beyond it nor recurses without bound.
///
///     reader.object([&](std::string_view key) {
///       if (key == "port") port = reader.integer();
///       else reader.skip();
///     });
///     reader.finish();
class JsonReader {
 public:
  static constexpr int kMaxDepth = 64;

  /// @param text  must outlive the reader.
  explicit JsonReader(std::string_view text) : text_(text) {}

  /// Calls `member(key)` for each member, which must read or skip its value.
  template <typename Member>
  void object(Member&& member) {
    if (!open('{', '}')) return;
    do {
      std::string room;
      const auto name = text(room);
      expect(':');
      member(name);
    } while (another('}'));
  }

  /// Calls `element()` for each element, which must read or skip it.
  template <typename Element>
  void array(Element&& element) {
    if (!open('[', ']')) return;
    do {
      element();
    } while (another(']'));
  }

  [[nodiscard]] std::string string();
  /// The same without a copy, where the text can be used as it stands.
  /// @return in the text that is read, or in `room`
  [[nodiscard]] std::string_view text(std::string& room);
  [[nodiscard]] double number();
  [[nodiscard]] std::int64_t integer();
  [[nodiscard]] bool boolean();
  /// Whether null stands next; then it is read.
  [[nodiscard]] bool null();
  /// `read()`, or nothing where null stands.
  template <typename Read>
  auto optional(Read&& read) -> std::optional<decltype(read())> {
    if (null()) return std::nullopt;
    return read();
  }
  /// Reads any value and forgets it.
  void skip();
  /// Whether `value` stands next, byte for byte; then it is read.
  /// REQUIRES: it is what since() returned for one value
  [[nodiscard]] bool same(std::string_view value);
  /// Where the next value begins.
  [[nodiscard]] std::size_t position();
  /// What was read since then, as it stands.
  [[nodiscard]] std::string_view since(std::size_t position) const;
  /// Nothing but white space may be left.
  void finish();

 private:
  [[noreturn]] void fail(const std::string& message) const;
  /// The next character that is not white space; NUL at the end.
  [[nodiscard]] char peek() {
    for (; at_ < text_.size(); ++at_)
      if (const char c = text_[at_]; c != ' ' && c != '\t' && c != '\n' && c != '\r') return c;
    return '\0';
  }
  void expect(char c) {
    if (peek() != c) fail(std::string("expected '") + c + "'");
    ++at_;
  }
  [[nodiscard]] bool open(char first, char last);
  [[nodiscard]] bool another(char last) {
    const char c = peek();
    if (c != ',' && c != last) fail(fmt::format("expected ',' or '{}'", last));
    ++at_;
    if (c == last) --depth_;
    return c == ',';
  }
  [[nodiscard]] bool word(std::string_view literal);
  [[nodiscard]] std::string_view number_text();
  void append_escape(std::string& out);
  [[nodiscard]] unsigned hex4();

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace fleetscan
