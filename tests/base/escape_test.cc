#include "base/escape.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "tests/support/hostile_corpus.h"

using namespace fleetscan;

namespace {

using Append = void (*)(std::string&, std::string_view);

void csv(std::string& out, std::string_view raw) { append_csv(out, raw); }
void command(std::string& out, std::string_view raw) { append_workflow_command(out, raw); }
void property(std::string& out, std::string_view raw) { append_workflow_command(out, raw, true); }
void json(std::string& out, std::string_view raw) { append_json(out, raw); }
void script(std::string& out, std::string_view raw) { append_json(out, raw, JsonStyle::script); }

std::string with(Append append, std::string_view raw) {
  std::string out;
  append(out, raw);
  return out;
}

constexpr Append kAll[] = {
    append_printable,        append_html,     append_xml,     csv, command, property, json, script,
    append_prometheus_label, append_markdown, append_fragment};

}  // namespace

TEST_CASE("escape: each form") {
  const struct {
    std::string name;
    Append append;
    std::string raw, expected;
  } cases[] = {
      // clang-format off
      {"text stays", append_printable, "web01 \xC3\xA9", "web01 \xC3\xA9"},
      {"controls", append_printable, "a\x1b[31m\r\n\t\x7f", "a\\x1b[31m\\x0d\\x0a\\x09\\x7f"},
      {"C1 controls", append_printable, "\xC2\x9b", "\\xc2\\x9b"},
      {"direction override", append_printable, "\xE2\x80\xAE", "\\xe2\\x80\\xae"},
      {"not UTF-8", append_printable, "\xff\xC3(", "\\xff\\xc3("},
      {"overlong slash", append_printable, "\xC0\xAF", "\\xc0\\xaf"},
      {"surrogate", append_printable, "\xED\xA0\x80", "\\xed\\xa0\\x80"},
      {"beyond Unicode", append_printable, "\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"cut off", append_printable, "\xE2\x82", "\\xe2\\x82"},
      {"HTML", append_html, "<a href='x\">&", "&lt;a href=&#39;x&quot;&gt;&amp;"},
      {"XML controls", append_xml, std::string("\0\x0b]]>", 5), "\\x00\\x0b]]&gt;"},
      {"CSV plain", csv, "web01", "web01"},
      {"CSV quotes", csv, "a,b\"c", "\"a,b\"\"c\""},
      {"CSV formula", csv, "=1+1", "\"'=1+1\""},
      {"CSV formula behind a semicolon", csv, "a;=1;b", "\"a;'=1;b\""},
      {"CSV formula in quotes", csv, "a; \"=1\"", "\"a;' \"\"=1\"\"\""},
      {"CSV formula, wide", csv, "\uFF1D1", "\"'\uFF1D1\""},
      {"CSV semicolons", csv, ";a;", ";a;"},
      {"CSV empty", csv, "", ""},
      {"CSV line end", csv, "a\nb", "a\\x0ab"},
      {"CSV tab formula", csv, "\t=1", "\\x09=1"},
      {"command", command, "50%\r\n::x", "50%25\\x0d\\x0a::x"},
      {"property", property, "a:b,c", "a%3Ab%2Cc"},
      {"label", append_prometheus_label, "a\"b\\c\n", "a\\\"b\\\\c\\\\x0a"},
      {"Markdown", append_markdown, "a|b @x", "a&#124;b &#64;x"},
      {"fragment", append_fragment, "a b\"<\xC3", "a%20b%22%3c%c3"},
      {"JSON", json, "a\"\\\n\x1b\x7f", R"("a\"\\\n\u001b\u007f")"},
      {"JSON not UTF-8", json, "\xff.", "\"\xEF\xBF\xBD.\""},
      {"JSON separators", json, "\xE2\x80\xA8", R"("\u2028")"},
      {"JSON tag character", json, "\U000E0041", R"("\udb40\udc41")"},
      {"JSON keeps markup", json, "<b>", "\"<b>\""},
      {"script", script, "</script>&", R"("\u003c/script\u003e\u0026")"},
      // clang-format on
  };
  for (const auto& [name, append, raw, expected] : cases) {
    CAPTURE(name);
    CHECK(with(append, raw) == expected);
  }
}

TEST_CASE("escape: two texts that look the same differ in every form") {
  const std::string hidden[] = {
      "\u0080",     "\u009F",     "\u00A0",     "\u00AD",     "\u034F",     "\u0600",
      "\u061C",     "\u115F",     "\u1680",     "\u17B4",     "\u180B",     "\u180E",
      "\u2000",     "\u200B",     "\u200D",     "\u200F",     "\u2028",     "\u202A",
      "\u202E",     "\u202F",     "\u205F",     "\u2060",     "\u2066",     "\u206F",
      "\u2800",     "\u3000",     "\u3164",     "\uE000",     "\uF8FF",     "\uFDD0",
      "\uFE00",     "\uFE0F",     "\uFEFF",     "\uFFA0",     "\uFFF9",     "\uFFFB",
      "\uFFFC",     "\uFFFE",     "\uFFFF",     "\U0001D173", "\U0001FFFE", "\U000E0001",
      "\U000E0041", "\U000E007F", "\U000E0100", "\U000F0000", "\U0010FFFF"};
  for (const auto& mark : hidden) {
    CAPTURE(with(append_hex, mark));
    for (const auto append : kAll) CHECK(with(append, 'a' + mark).find(mark) == std::string::npos);
  }
  const std::string visible[] = {"\u00A1", "\u00AC", "\u00AE", "\u0301",    "\u05D0",
                                 "\u2010", "\u2027", "\u2030", "\u2070",    "\u3001",
                                 "\uAC00", "\uFF21", "\uFFFD", "\U0001F600"};
  for (const auto& mark : visible) CHECK(printable(mark) == mark);
}

TEST_CASE("escape: what looks like a letter of ASCII and stands among them is none") {
  const struct {
    std::string raw, shown;
  } rows[] = {
      {"\u0430pple", R"(\xd0\xb0pple)"},  // Cyrillic a
      {"web.ex\u0430mple.net", R"(web.ex\xd0\xb0mple.net)"},
      {"SSH-2.0-\u039FpenSSH", R"(SSH-2.0-\xce\x9fpenSSH)"},  // Greek O
      {"\uFF41b", R"(\xef\xbd\x81b)"},                        // full width
      {"a\u0430 \u0430", "a\\xd0\\xb0 \u0430"},
      {"\u0430\u0430a", R"(\xd0\xb0\xd0\xb0a)"},
      {"\u0441\u0435\u0440\u0432\u0435\u0440-01", "\u0441\u0435\u0440\u0432\u0435\u0440-01"},
      {"web \u0441\u0435\u0440\u0432\u0435\u0440", "web \u0441\u0435\u0440\u0432\u0435\u0440"},
      {"caf\u00E9 \u65E5\u672Cweb", "caf\u00E9 \u65E5\u672Cweb"},
  };
  for (const auto& [raw, shown] : rows) {
    CAPTURE(raw);
    CHECK(printable(raw) == shown);
  }
  CHECK(with(json, "\u0430pple") == R"("\u0430pple")");
  CHECK(with(json, "\u0430 pple") == "\"\u0430 pple\"");
}

TEST_CASE("escape: whatever comes in, one line of UTF-8 without control characters goes out") {
  const auto harmless = [](const std::string& text) {
    return is_utf8(text) && std::ranges::none_of(text, [](char c) {
             return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
  };
  for (const auto append : kAll) {
    for (const auto& raw : test::hostile_corpus()) CHECK(harmless(with(append, raw)));
    CHECK(rc::check([&](const std::string& raw) { RC_ASSERT(harmless(with(append, raw))); }));
  }
}

TEST_CASE("escape: JSON reads back as what was written, as far as it is UTF-8") {
  CHECK(rc::check([](const std::string& raw) {
    for (const auto append : {json, script}) {
      const auto read = nlohmann::json::parse(with(append, raw)).get<std::string>();
      RC_ASSERT(!is_utf8(raw) || read == raw);
    }
  }));
}

TEST_CASE("escape: nothing in a script block can end it") {
  CHECK(rc::check([](const std::string& raw) {
    RC_ASSERT(with(script, raw + "</script><!--").find_first_of("<>&") == std::string::npos);
  }));
}

TEST_CASE("escape: JSON text is plain if quotes are all that it needs") {
  for (const auto style : {JsonStyle::plain, JsonStyle::script}) {
    for (std::size_t size = 0; size <= 20; ++size) {
      std::string text(size, 'x');
      CHECK(is_plain_json(text, style));
      for (auto& c : text) {
        for (int byte = 0; byte < 256; ++byte) {
          c = static_cast<char>(byte);
          CAPTURE(byte);
          std::string written;
          append_json(written, text, style);
          REQUIRE(is_plain_json(text, style) == (written == '"' + text + '"' && byte < 0x7f));
        }
        c = 'x';
      }
    }
  }
}

TEST_CASE("escape: hex") {
  CHECK(with(append_hex, std::string("\0\xff"
                                     "a",
                                     3)) == "00ff61");
}
