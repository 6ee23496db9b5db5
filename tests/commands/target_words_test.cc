#include "commands/target_words.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/inventory/support/temporary_files.h"

namespace fleetscan::commands {
namespace {

/// A working directory of our own, for as long as it lives.
class Directory {
 public:
  explicit Directory(const std::vector<std::string>& files)
      : before_(std::filesystem::current_path()) {
    for (const auto& file : files) files_.write(file, "");
    std::filesystem::current_path(files_.path());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::current_path(before_); }

 private:
  test::TemporaryFiles files_;
  std::filesystem::path before_;
};

TEST_CASE("words that are nearly a command, a file, or a port") {
  const Directory directory({"hosts.txt", "inventory.ini", "web02", "notes.md"});
  const struct {
    std::vector<std::string> words;
    std::string fault;  ///< a part of it; empty: none
  } cases[] = {
      {{"explian"}, "did you mean explain? A host of that name is written 'explian.'"},
      {{"explian", "tcp_wrappers"}, "mean explain?"},
      {{"hisotry"}, "mean history?"},
      {{"explian."}, ""},
      {{"web01", "explian"}, ""},  // only the first word is a command
      {{"hosts.tx"}, "mean hosts.txt?"},
      {{"host.txt"}, "mean hosts.txt?"},
      {{"hosts"}, "mean hosts.txt?"},
      {{"web03", "inventroy.ini"}, "mean inventory.ini?"},
      {{"hosts.txt"}, ""},
      {{"web02"}, ""},
      {{"web01"}, ""},  // one digit more or less is another host
      {{"notes"}, ""},  // no inventory
      {{"gateway.example.net"}, ""},
      {{"127.1.1.1", "22022"}, "a port is written 127.1.1.1:22022, or -p 22022"},
      {{"22022"}, "is no host"},
      {{"10.0.0.0/24", "web[01-20]", "host:2222", "[::1]:22", "-"}, ""},
      {{}, ""},
  };
  for (const auto& [words, fault] : cases) {
    CAPTURE(fault);
    const auto said = mistaken_target(words);
    CAPTURE(said);
    CHECK(said.empty() == fault.empty());
    CHECK(said.find(fault) != said.npos);
  }
}

}  // namespace
}  // namespace fleetscan::commands
