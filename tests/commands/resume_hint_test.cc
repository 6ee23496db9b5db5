#include "commands/resume_hint.h"

#include <doctest/doctest.h>

#include "tests/commands/given.h"

namespace fleetscan::commands {
namespace {

TEST_CASE("resume_hint: the same command, and the results to finish") {
  const struct {
    std::vector<std::string> words, results;
    std::string hint;
  } cases[] = {
      {{"hosts.txt", "-o", "out"},
       {"out/results.jsonl"},
       "fleetscan hosts.txt -o out --resume out/results.jsonl"},
      {{"hosts.txt", "--jsonl", "-", "--jsonl=my file"},
       {"-", "my file"},
       "fleetscan hosts.txt --jsonl - '--jsonl=my file' --resume 'my file'"},
      {{"--resume", "a/results.jsonl", "-o", "a", "h.txt"},
       {"a/results.jsonl"},
       "fleetscan -o a h.txt --resume a/results.jsonl"},
      {{"--resume=a/results.jsonl", "-oa", "h.txt", "-l", "it's"},
       {"a/results.jsonl"},
       "fleetscan -oa h.txt -l 'it'\\''s' --resume a/results.jsonl"},
      {{"hosts.txt"}, {}, "a scan with -o DIR can be finished when it was stopped, by --resume"},
      {{"hosts.txt"}, {"-"}, "a scan with -o DIR can be finished when it was stopped, by --resume"},
  };
  for (const auto& [words, results, hint] : cases) {
    Options options;
    options.words = words;
    CHECK(resume_hint(options, results) == hint);
  }
}

TEST_CASE("resume_hint: of several runs that are kept, the folder of this one") {
  Options options;
  options.words = {"hosts.txt", "-o", "runs", "--keep=30", "-v"};
  options.keep = 30;
  options.output_dir = "runs/20261120T021500Z-abc";
  CHECK(resume_hint(options, {"runs/20261120T021500Z-abc/results.jsonl"}) ==
        "fleetscan hosts.txt -v -o runs/20261120T021500Z-abc --resume "
        "runs/20261120T021500Z-abc/results.jsonl");
}

TEST_CASE("resume_hint: the options remember the command line") {
  CHECK(options_of_words({"-p", "2222", "web01"}).words ==
        std::vector<std::string>{"-p", "2222", "web01"});
}

}  // namespace
}  // namespace fleetscan::commands
