#include "scanner/ssh/identification_reader.h"

#include <doctest/doctest.h>

#include <string>

using namespace fleetscan;
using namespace fleetscan::ssh;
using State = IdentificationReader::State;

namespace {

IdentificationReader read(std::string_view bytes) {
  IdentificationReader reader;
  reader.receive(bytes);
  return reader;
}

std::string lines(unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) text += "x\n";
  return text;
}

}  // namespace

TEST_CASE("IdentificationReader: finds the line and keeps what follows") {
  const struct {
    std::string bytes, line, rest;
    unsigned pre_lines;
  } cases[] = {
      {"SSH-2.0-x\r\n", "SSH-2.0-x", "", 0},
      {"SSH-2.0-x\n", "SSH-2.0-x", "", 0},
      {"SSH-2.0-x\r\nabc\n", "SSH-2.0-x", "abc\n", 0},
      {"hello\r\n\r\nworld\nSSH-2.0-x\r\n", "SSH-2.0-x", "", 3},
      {"SSH\nSSH-2.0-x\n", "SSH-2.0-x", "", 1},
  };
  for (const auto& [bytes, line, rest, pre_lines] : cases) {
    CAPTURE(bytes);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      IdentificationReader reader;
      const auto [first, second] =
          std::pair(std::string_view{bytes}.substr(0, cut), std::string_view{bytes}.substr(cut));
      const bool at_once = reader.receive(first) == State::found;
      if (!at_once) reader.receive(second);
      CHECK(reader.state() == State::found);
      CHECK(reader.line() == line);
      CHECK(std::string(reader.rest()) + std::string(at_once ? second : "") == rest);
      CHECK(reader.pre_lines() == pre_lines);
    }
  }
}

TEST_CASE("IdentificationReader: a line of just the limit is taken, one byte more is not") {
  const auto line = [](std::size_t size) { return "SSH-2.0-" + std::string(size - 9, 'x') + "\n"; };
  CHECK(read(line(kMaxLineBytes)).state() == State::found);
  CHECK(read(line(kMaxLineBytes + 1)).state() == State::endless);
  CHECK(read(line(kMaxLineBytes + 1)).in_identification());
  CHECK(read(std::string(kMaxLineBytes - 1, 'x')).state() == State::reading);
  CHECK(read(std::string(kMaxLineBytes, 'x')).state() == State::endless);
}

TEST_CASE("IdentificationReader: bounds what may come before the identification") {
  CHECK(read(lines(kMaxPreLines - 1) + "SSH-2.0-x\n").state() == State::found);
  CHECK(read(lines(kMaxPreLines) + "SSH-2.0-x\n").state() == State::endless);
  const std::string long_line = std::string(4095, 'x') + "\n";
  std::string text;
  for (int i = 0; i < 15; ++i) text += long_line;
  CHECK(read(text + "SSH-2.0-x\n").state() == State::found);
  CHECK(read(text + long_line + "SSH-2.0-x\n").state() == State::endless);
}

TEST_CASE("IdentificationReader: knows whether the line may still become an identification") {
  CHECK_FALSE(read("").in_identification());
  CHECK(read("S").in_identification());
  CHECK(read("SSH-2.0-Ope").in_identification());
  CHECK(read("hello\nSS").in_identification());
  CHECK_FALSE(read("SMTP").in_identification());
  CHECK_FALSE(read("SSH\n").in_identification());
}

TEST_CASE("IdentificationReader: bytes for which OpenSSH clients hang up") {
  const struct {
    std::string bytes;
    bool invalid;
  } cases[] = {
      {"hello\r\nSSH-2.0-x\r\n", false},
      {"SSH-2.0-x\r\r\n", false},
      {std::string("he\0llo\nSSH-2.0-x\n", 18), true},
      {"he\rllo\nSSH-2.0-x\n", true},
      {"SSH-2.0-x\ry\n", true},
  };
  for (const auto& [bytes, invalid] : cases) {
    CAPTURE(bytes);
    IdentificationReader reader;
    CHECK(reader.receive(bytes) == IdentificationReader::State::found);
    CHECK(reader.invalid() == invalid);
  }
}
