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
