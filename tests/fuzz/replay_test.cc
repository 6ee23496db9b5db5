// Every seed, and every input that once broke something, through its target: without a fuzzer, in
// every build.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/targets.h"

using namespace fleetscan::fuzz;
namespace fs = std::filesystem;

namespace {

const fs::path kCorpus = fs::path(FLEETSCAN_SOURCE) / "tests" / "fuzz" / "corpus";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("fuzz: every target has seeds, and every seed a target") {
  for (const auto& target : kTargets) {
    CAPTURE(target.name);
    CHECK(fs::is_directory(kCorpus / target.name));
  }
  for (const auto& folder : fs::directory_iterator(kCorpus)) {
    const auto name = folder.path().filename().string();
    CAPTURE(name);
    CHECK(std::ranges::count(kTargets, name, &Target::name) == 1);
  }
}

TEST_CASE("fuzz: seeds break no promise, whole or cut short") {
  for (const auto& target : kTargets) {
    for (const auto& seed : fs::directory_iterator(kCorpus / target.name)) {
      const auto text = content(seed.path());
      CAPTURE(seed.path().string());
      target.run(text);
      for (std::size_t part = 1; part < 8; ++part)
        target.run(std::string_view{text}.substr(0, text.size() * part / 8));
      CHECK(!text.empty());
    }
  }
}
