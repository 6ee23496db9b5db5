#include "reports/render/text_page.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

namespace fleetscan::render {
namespace {

std::string page(const std::string& text, std::size_t width, std::size_t indent = 0,
                 std::size_t hanging = 4) {
  TextPage page({.width = width});
  page.paragraph(text, indent, hanging);
  return page.take();
}

TEST_CASE("TextPage: what is no terminal gets one line, however long") {
  const std::string words(5000, 'x');
  CHECK(page(words + " " + words, 0) == words + " " + words + "\n");
}

TEST_CASE("TextPage: a paragraph is wrapped between words, with a hanging indent") {
  CHECK(page("the quick brown fox jumps over the lazy dog and runs", 40, 2, 6) ==
        "  the quick brown fox jumps over the\n"
        "      lazy dog and runs\n");
  CHECK(page("fits exactly in forty columns, it does so", 41) ==
        "fits exactly in forty columns, it does so\n");
}

TEST_CASE("TextPage: at any width nothing is lost, and no line is longer") {
  const std::string text =
      "tcp_wrappers: closed 5.0 s after the connection \u00b7 without_a_byte_and_without_any_blank_"
      "in_a_very_long_word of the peer";
  std::string bare;
  for (const char c : text)
    if (c != ' ') bare += c;
  for (std::size_t width = 1; width < 130; ++width) {
    CAPTURE(width);
    std::string seen;
    std::istringstream lines(page(text, width, 4, 8));
    for (std::string line; std::getline(lines, line);) {
      CHECK(line.size() <= std::max(width, TextPage::kNarrowest) + 1);  // the dot has two bytes
      for (const char c : line)
        if (c != ' ') seen += c;
    }
    CHECK(seen == bare);
  }
}

TEST_CASE("TextPage: a number stays with its unit, and what is below it with both") {
  const std::string sentence = "reset without a byte 5.0 s after it, round trip of < 0.1 ms";
  for (std::size_t width = 40; width < 70; ++width) {
    CAPTURE(width);
    const auto text = page(sentence, width);
    CHECK(text.find("5.0 s") != text.npos);
    CHECK(text.find("< 0.1 ms") != text.npos);
  }
  CHECK(page("this line has room for forty columns and 7\n", 43).ends_with(" 7\n\n"));
}

TEST_CASE("TextPage: what is longer than a line is broken behind a slash or a comma") {
  CHECK(page("Reports: some/rather/long/folder/for/the/report.html", 40, 0, 9) ==
        "Reports: some/rather/long/folder/for/\n"
        "         the/report.html\n");
  CHECK(page("127.80.12.[1-9,11-75,77-250,252-253]:22080", 40, 0, 4) ==
        "127.80.12.[1-9,11-75,77-250,\n"
        "    252-253]:22080\n");
}

TEST_CASE("wrapped: below the last column, or further in than the beginning") {
  const TerminalStyle narrow{.width = 40};
  CHECK(wrapped("heading\n\n  --port N   port to probe where the inventory names none\n", narrow) ==
        "heading\n\n"
        "  --port N   port to probe where the\n"
        "             inventory names none\n");
  CHECK(wrapped("  60 hosts in a place whose name is long  and more\nlast", narrow) ==
        "  60 hosts in a place whose name is long\n"
        "      and more\n"
        "last\n");
  const std::string text(200, 'x');
  CHECK(wrapped(text, {}) == text);
}

TEST_CASE("TextPage: color changes nothing but color") {
  TextPage plain({.width = 40}), colored({.color = true, .width = 40});
  for (auto* each : {&plain, &colored})
    each->paragraph(
        {{"FAIL", Tone::bad}, {"  the only host fails, and this is why it does", Tone::strong}});
  std::string bare;
  const auto text = colored.take();
  CHECK(text.find("\x1b[31mFAIL\x1b[0m") == 0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      bare += text[i];
  }
  CHECK(bare == plain.take());
}

}  // namespace
}  // namespace fleetscan::render
