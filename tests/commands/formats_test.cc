// A format needs its row in output_formats() and its pages of documentation, and nothing else.

#include "reports/render/formats.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "commands/command_line.h"
#include "commands/completion.h"
#include "commands/confinement.h"
#include "commands/outputs.h"
#include "commands/report_set.h"
#include "commands/subcommand_lines.h"
#include "tests/support/synthetic_fleet.h"

using namespace fleetscan;
using namespace fleetscan::commands;
namespace fs = std::filesystem;

namespace {

using Paths = std::vector<std::string>;

std::string option_of(const render::OutputFormat& format) {
  return "--" + std::string(format.name);
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string source(const char* name) { return content(fs::path(FLEETSCAN_SOURCE) / name); }

Options scan_options(const Paths& arguments) {
  const auto parsed = parse_options(arguments);
  REQUIRE(std::holds_alternative<Options>(parsed));
  return std::get<Options>(parsed);
}

std::string scan_help() {
  const auto parsed = parse_options({"--help"});
  return std::get<Instead>(parsed).text;
}

/// How many lines of a text start with `start`, spaces aside.
std::size_t lines_that_start(const std::string& text, const std::string& start) {
  std::size_t count = 0;
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    const auto before = at == 0 ? at : text.find_last_not_of(' ', at - 1);
    if (at == 0 || before == std::string::npos || text[before] == '\n') ++count;
  }
  return count;
}

class Folder {
 public:
  ~Folder() { fs::remove_all(path); }
  const fs::path path = [] {
    auto name = (fs::temp_directory_path() / "formats-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
};

}  // namespace

TEST_CASE("output formats: each row has an option in scan and report, with its help") {
  ReportLine report_help;
  const auto report_text = parse(report_help.app, {"--help"})->text;
  for (const auto& format : render::output_formats()) {
    const auto option = option_of(format);
    CAPTURE(option);
    CHECK(scan_options({option, "a", "host"}).outputs.find(format.name)->second == Paths{"a"});
    CHECK(scan_options({option, "a", option, "b", "host"}).outputs.find(format.name)->second ==
          Paths{"b"});
    ReportLine report;
    CHECK_FALSE(parse(report.app, {"results", option, "a", option, "b"}));
    CHECK(report.options.outputs.find(format.name)->second == Paths{"a", "b"});
    for (const auto& help : {scan_help(), report_text}) {
      CHECK(lines_that_start(help, option + " FILE") == 1);
      CHECK(help.find(format.help) != std::string::npos);
    }
  }
}

TEST_CASE("output formats: each option can be completed in scan and report, with a file") {
  const auto bash = *completion("bash"), fish = *completion("fish"), zsh = *completion("zsh");
  for (const auto& format : render::output_formats()) {
    const auto option = option_of(format);
    CAPTURE(option);
    const auto report = bash.substr(bash.find("'report')"), bash.find("'merge')"));
    CHECK(report.find(option + ' ') != std::string::npos);
    CHECK(bash.substr(bash.find("    *)\n")).find(option + ' ') != std::string::npos);
    const auto name = std::string(format.name);
    for (const std::string place : {"'__fleetscan_scans'", "'__fleetscan_behind report'"})
      CHECK(fish.find(place + " -l " + name + " -r -F") != std::string::npos);
    CHECK(zsh.find("*" + option + "=[") != zsh.rfind("*" + option + "=["));
  }
}

TEST_CASE("output formats: each writes a file, in a folder that confinement leaves open") {
  const Folder folder;
  constexpr std::uint64_t kHosts = 300;  // some of which fail, and some do not
  Options options;
  for (const auto& format : render::output_formats()) {
    const auto place = folder.path / format.name;
    fs::create_directory(place);
    options = scan_options({option_of(format), place / "out", "host"});
    const auto outputs = outputs_of(options);
    CAPTURE(format.name);
    CHECK(files_of(outputs.paths) == Paths{place / "out"});
    CHECK(needed_files(options, "").folders == Paths{place});
    ReportSet reports(outputs);
    test::SyntheticFleet fleet({.hosts = kHosts, .failing_percent = 20, .seed = 3});
    reports.begin(fleet.run());
    for (std::uint64_t host = 0; host < kHosts; ++host) reports.add(fleet.next());
    reports.end(fleet.end());
    static_cast<void>(reports.finish());
    CHECK(reports.errors() == OutputErrors{});
    CHECK(content(place / "out").size() > 100);
  }
}

TEST_CASE("output formats: a folder gets the files that it is said to hold") {
  Options options;
  options.output_dir = "out";
  options.outputs["csv"] = {"-"};
  CHECK(files_of(outputs_of(options).paths) ==
        Paths{"out/report.html", "out/report.json", "out/results.jsonl"});
}

TEST_CASE("output formats: only one may go to standard output") {
  const auto formats = render::output_formats();
  for (const auto& format : formats) {
    CAPTURE(format.name);
    const auto& other = formats[format.name == formats[0].name ? 1 : 0];
    const auto one = scan_options({option_of(format), "-", "host"});
    CHECK(on_standard_output(one.outputs) == 1);
    const auto two = parse_options({option_of(format), "-", option_of(other), "-", "host"});
    REQUIRE(std::holds_alternative<Instead>(two));
    CHECK(std::get<Instead>(two).text.find("only one output") != std::string::npos);
  }
}

TEST_CASE("output formats: the manual and the README know each") {
  const auto manual = source("scripts/packaging/fleetscan.1.scd"), readme = source("README.md");
  for (const auto& format : render::output_formats()) {
    CAPTURE(format.name);
    const auto entry = "*" + option_of(format) + "* _FILE_\n";
    for (const std::string section : {"\n## Output\n", "\n## fleetscan report\n"}) {
      const auto start = manual.find(section);
      REQUIRE(start != std::string::npos);
      const auto end = manual.find("\n## ", start + section.size());
      CHECK(lines_that_start(manual.substr(start, end - start), entry) == 1);
    }
    const bool by_option = readme.find("`" + option_of(format) + "`") != std::string::npos;
    const bool by_file =
        !format.in_folder.empty() &&
        readme.find("`" + std::string(format.in_folder) + "`") != std::string::npos;
    CHECK((by_option || by_file));
  }
}
