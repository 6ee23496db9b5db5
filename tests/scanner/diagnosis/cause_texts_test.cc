#include "scanner/diagnosis/cause_texts.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <string_view>

using namespace fleetscan;
using namespace fleetscan::diagnosis;

namespace {

/// What is said about causes.yaml with the first `was` replaced; "" if nothing.
std::string complaint(std::string_view was, std::string_view is) {
  std::string yaml(causes_yaml());
  const auto place = yaml.find(was);
  REQUIRE(place != yaml.npos);
  yaml.replace(place, was.size(), is);
  try {
    static_cast<void>(read_cause_texts(yaml));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("causes.yaml: one entry for each cause, with its name") {
  const auto texts = read_cause_texts(causes_yaml());
  REQUIRE(texts.size() == causes().size());
  for (const auto& row : causes())
    CHECK(texts[static_cast<std::size_t>(row.cause)].name == row.name);
}

TEST_CASE("causes.yaml: a text over several lines is one line") {
  const auto& text = text_of(CauseId::service_child_broken);
  CHECK(text.meaning ==
        "The listener accepts, but the process that it starts for each connection dies before it "
        "can serve it.");
}

TEST_CASE("causes.yaml: every mistake is reported with its line") {
  const struct {
    std::string_view was, is, says;
  } cases[] = {
      {"\n- name: server_hung", "\n- name: service_down", "service_down stands where server_hung"},
      {"\n- name: server_hung", "\n- name: srever_hung", "srever_hung stands where server_hung"},
      {"\n  meaning: ", "\n  meening: ", "unknown key \"meening\""},
      {"\n      check: ", "\n      chek: ", "unknown key \"chek\""},
      {"\n  in_short: ", "\n  # in_short: ", "\"in_short\" is missing"},
      {"\n      fix: ", "\n      # fix: ", "\"fix\" is missing"},
      {"\n  likelier_if:", "\n  meaning: again\n  likelier_if:", "\"meaning\" is given twice"},
      {"\n- name: scanner_aborted", "\n- is_not: []\n  name: scanner_aborted",
       "not a list, or empty"},
      {"\n  in_short: ", "\n  in_short: # ", "not a text, or empty"},
      {"where: server", "where: elsewhere", "server, client or between"},
      {"  meaning: ", " meaning: ", "causes.yaml:"},
      {"- name: service_down", "name: service_down", "causes.yaml:"},
  };
  for (const auto& [was, is, says] : cases) {
    CAPTURE(std::string(is));
    const auto said = complaint(was, is);
    CAPTURE(said);
    CHECK(said.find(says) != said.npos);
    CHECK(said.starts_with("causes.yaml:"));
  }
}

TEST_CASE("causes.yaml: an entry too few and one too many") {
  const std::string yaml(causes_yaml());
  const auto last = yaml.rfind("\n- name: ");
  CHECK_THROWS_WITH_AS(static_cast<void>(read_cause_texts(yaml.substr(0, last))),
                       doctest::Contains("no entry for scanner_aborted"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(static_cast<void>(read_cause_texts(yaml + yaml.substr(last))),
                       doctest::Contains("scanner_aborted stands where the end belongs"),
                       std::invalid_argument);
}
