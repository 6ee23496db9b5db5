#include "base/compression.h"

#include <doctest/doctest.h>

#include <string>
#include <system_error>

#include "base/compressed_input.h"
#include "base/output_file.h"
#include "base/text_file.h"
#include "tests/inventory/support/temporary_files.h"

namespace fleetscan {
namespace {

std::string lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + " of a file\n";
  return text;
}

/// What a file holds that is fed in pieces of so many bytes.
std::string unpacked(std::string_view file, std::size_t piece) {
  Decompressor decompressor;
  std::string text;
  while (!file.empty()) {
    const auto head = file.substr(0, piece);
    file.remove_prefix(head.size());
    decompressor.feed(head);
    for (auto part = decompressor.next(); !part.empty(); part = decompressor.next()) text += part;
  }
  return text;
}

}  // namespace

TEST_CASE("compression: members behind each other are one file, however it is cut") {
  const auto first = lines(0, 20'000), second = lines(20'000, 20'010);
  for (const auto kind : {Compression::none, Compression::gzip, Compression::zstd}) {
    const auto file = compressed(first, kind) + compressed(second, kind);
    CHECK((kind == Compression::none) == (file.size() == first.size() + second.size()));
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{4096}, std::size_t{1}})
      CHECK(unpacked(file, piece) == first + second);
  }
}

TEST_CASE("compression: a file that ends within a member is read as far as it goes") {
  const auto first = lines(0, 1000), second = lines(1000, 2000);
  for (const auto kind : {Compression::gzip, Compression::zstd}) {
    const auto whole = compressed(first, kind);
    const auto torn = compressed(second, kind);
    const auto text = unpacked(whole + torn.substr(0, torn.size() / 2), 512);
    CHECK(text.starts_with(first));
    CHECK((first + second).starts_with(text));
  }
}

TEST_CASE("compression: what is damaged is said") {
  for (const auto kind : {Compression::gzip, Compression::zstd}) {
    auto file = compressed(lines(0, 1000), kind);
    for (std::size_t i = 20; i < file.size(); i += 7) file[i] = static_cast<char>(~file[i]);
    CHECK_THROWS_AS(static_cast<void>(unpacked(file, 512)), std::system_error);
  }
  CHECK(unpacked(compressed("a\n", Compression::gzip) + std::string(512, '\0'), 100) == "a\n");
}

TEST_CASE("ReportFile: .gz and .zst are compressed, and what is not committed stays whole") {
  const test::TemporaryFiles folder;
  for (const std::string ending : {".gz", ".zst"}) {
    const auto path = folder.path() + "/r.jsonl" + ending;
    const auto read = [](const std::string& from) {
      return std::get<std::string>(read_text(from, "a test"));
    };
    {
      ReportFile file(path, ReportFile::Mode::lines);
      file.write(lines(0, 50'000));
      file.flush();
      CHECK(read(part_of(path)) == lines(0, 50'000));
      file.write(lines(50'000, 50'001));
    }
    CHECK(read(part_of(path)) == lines(0, 50'000));
    ReportFile file(path, ReportFile::Mode::lines);
    for (int i = 0; i < 50'000; ++i) file.write(lines(i, i + 1));
    file.commit();
    CHECK(read(path) == lines(0, 50'000));
  }
  CHECK(compression_by_name("r.jsonl") == Compression::none);
}

}  // namespace fleetscan
