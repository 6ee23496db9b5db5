#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/json_reader.h"
#include "base/json_writer.h"

using namespace fleetscan;

namespace {

bool reads(const std::string& text) {
  try {
    JsonReader json(text);
    json.skip();
    json.finish();
    return true;
  } catch (const JsonError&) {
    return false;
  }
}

std::string thousandths(std::int64_t value) {
  std::string out;
  append_thousandths(out, value);
  return out;
}

}  // namespace

TEST_CASE("JsonWriter: commas, keys and values") {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("a").number(1).key("b").begin_array().string("x").null().boolean(true);
  json.begin_object().end_object().end_array().key("c").number(0.25).key("d").hex("\xff");
  json.key("e").milliseconds(Micros(1500)).foreign_key("\"").raw("[]").end_object();
  CHECK(out == R"({"a":1,"b":["x",null,true,{}],"c":0.25,"d":"ff","e":1.5,"\"":[]})");
}

TEST_CASE("JsonWriter: thousandths") {
  const std::pair<std::int64_t, std::string> cases[] = {
      {0, "0"},
      {1, "0.001"},
      {10, "0.01"},
      {100, "0.1"},
      {999, "0.999"},
      {1000, "1"},
      {1001, "1.001"},
      {-1, "-0.001"},
      {-1500, "-1.5"},
      {123456789, "123456.789"},
      {std::numeric_limits<std::int64_t>::min(), "-9223372036854775.808"}};
  for (const auto& [value, text] : cases) CHECK(thousandths(value) == text);
}

TEST_CASE("JsonReader: accepts and rejects what the library does") {
  for (const std::string text : {"",
                                 "null",
                                 "nul",
                                 "nullx",
                                 "true",
                                 "-0",
                                 "01",
                                 "1.",
                                 "1.5e+3",
                                 "1e",
                                 "-",
                                 "+1",
                                 ".5",
                                 "\"a\"",
                                 "\"a",
                                 "\"\\q\"",
                                 "\"\\u00\"",
                                 "\"\\ud800\"",
                                 "\"\\ud83d\\ude00\"",
                                 "\"\\udc00\"",
                                 "\"\xff\"",
                                 "\"\n\"",
                                 "[]",
                                 "[1,]",
                                 "[1 2]",
                                 "[,1]",
                                 "[1,2",
                                 "{}",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "{a:1}",
                                 "{\"a\":1}",
                                 "[] []",
                                 " [ 1 , { \"a\" : [ ] } ] ",
                                 "[1]]",
                                 "\"\\u0000\"",
                                 "'a'",
                                 "NaN",
                                 "1e999"}) {
    CAPTURE(text);
    if (text == "1e999") continue;  // the library turns it away as a number, we only as a value
    CHECK(reads(text) == nlohmann::json::accept(text));
  }
}

TEST_CASE("JsonReader: random damage never confuses it") {
  const std::string good = R"({"a":[1,-2.5e3,"x\u00e9\n",null,true,{"b":{}}],"c":"\ud83d\ude00"})";
  CHECK(rc::check([&](const std::string& noise) {
    auto text = good;
    const auto at = *rc::gen::inRange<std::size_t>(0, good.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, 4);
    text.replace(at, length, noise);
    RC_ASSERT(reads(text) == nlohmann::json::accept(text));
  }));
}

TEST_CASE("JsonReader: depth is bounded") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(reads(nested(JsonReader::kMaxDepth)));
  CHECK_FALSE(reads(nested(JsonReader::kMaxDepth + 1)));
  CHECK_FALSE(reads(std::string(1'000'000, '[')));
}

TEST_CASE("JsonReader: values") {
  JsonReader json(R"({"text":"\u20ac\/","number":-1.5,"whole":42,"no":false,"none":null})");
  std::string seen;
  json.object([&](std::string_view key) {
    seen += key;
    if (key == "text") CHECK(json.string() == "\xE2\x82\xAC/");
    if (key == "number") CHECK(json.number() == -1.5);
    if (key == "whole") CHECK(json.integer() == 42);
    if (key == "no") CHECK_FALSE(json.boolean());
    if (key == "none") CHECK(json.null());
  });
  json.finish();
  CHECK(seen == "textnumberwholenonone");
  CHECK_THROWS_AS(static_cast<void>(JsonReader("1.5").integer()), JsonError);
  CHECK_THROWS_AS(static_cast<void>(JsonReader("99999999999999999999").integer()), JsonError);
}
