#include "commands/terminal.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

#include "tests/support/environment.h"

namespace fleetscan::commands {
namespace {

/// A terminal that is 132 columns wide.
class PseudoTerminal {
 public:
  PseudoTerminal() {
    winsize size{};
    size.ws_row = 40;
    size.ws_col = 132;
    REQUIRE(::openpty(&master_, &slave_, nullptr, nullptr, &size) == 0);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;
  ~PseudoTerminal() {
    ::close(slave_);
    ::close(master_);
  }
  [[nodiscard]] int fd() const { return slave_; }

 private:
  int master_ = -1;
  int slave_ = -1;
};

/// A stream that is no terminal.
class Null {
 public:
  Null() = default;
  Null(const Null&) = delete;
  Null& operator=(const Null&) = delete;
  ~Null() { ::close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
};

/// `changed` on top of an environment that says nothing.
test::Environment::Variables environment(test::Environment::Variables changed) {
  for (const char* name :
       {"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CI", "LC_ALL", "LC_CTYPE", "LANG"})
    changed.try_emplace(name, std::nullopt);
  changed.try_emplace("TERM", "xterm-256color");
  return changed;
}

TEST_CASE("look_at: color is decided by the flag, then the environment, then the stream") {
  const PseudoTerminal terminal;
  const Null file;
  const struct {
    test::Environment::Variables variables;
    Color flag;
    bool on_terminal;
    bool in_file;
  } cases[] = {
      {{}, Color::automatic, true, false},
      {{}, Color::always, true, true},
      {{}, Color::never, false, false},
      {{{"TERM", "dumb"}}, Color::automatic, false, false},
      {{{"TERM", "dumb"}}, Color::always, true, true},
      {{{"NO_COLOR", "1"}}, Color::automatic, false, false},
      {{{"NO_COLOR", "1"}}, Color::always, true, true},
      {{{"NO_COLOR", ""}}, Color::automatic, true, false},
      {{{"FORCE_COLOR", "1"}}, Color::automatic, true, true},
      {{{"CLICOLOR_FORCE", "1"}}, Color::automatic, true, true},
      {{{"FORCE_COLOR", "1"}}, Color::never, false, false},
      {{{"NO_COLOR", "1"}, {"FORCE_COLOR", "1"}}, Color::automatic, false, false},
      {{{"CI", "true"}}, Color::automatic, true, false},
  };
  for (const auto& [variables, flag, on_terminal, in_file] : cases) {
    std::string case_of;
    for (const auto& [name, value] : variables) case_of += name + '=' + value.value_or("") + ' ';
    CAPTURE(case_of);
    CAPTURE(static_cast<int>(flag));
    const test::Environment set(environment(variables));
    CHECK(look_at(terminal.fd(), flag).color == on_terminal);
    CHECK(look_at(file.fd(), flag).color == in_file);
  }
}

TEST_CASE("look_at: a bar is drawn on a terminal that can redraw, and not in a CI job's log") {
  const PseudoTerminal terminal;
  const auto interactive = [&](const test::Environment::Variables& variables) {
    const test::Environment set(environment(variables));
    return look_at(terminal.fd(), Color::automatic).interactive;
  };
  CHECK(interactive({}));
  CHECK_FALSE(interactive({{"CI", "true"}}));
  CHECK_FALSE(interactive({{"TERM", "dumb"}}));
  CHECK_FALSE(look_at(Null().fd(), Color::always).interactive);
}

TEST_CASE("look_at: the width is the terminal's, else none") {
  CHECK(look_at(PseudoTerminal().fd(), Color::automatic).width == 132);
  CHECK(look_at(Null().fd(), Color::automatic).width == 0);
}

TEST_CASE("look_at: the first locale variable that is set says whether text is UTF-8") {
  const Null file;
  const struct {
    test::Environment::Variables variables;
    bool unicode;
  } cases[] = {
      {{}, false},
      {{{"LANG", "C"}}, false},
      {{{"LANG", "de_DE.UTF-8"}}, true},
      {{{"LANG", "de_DE.utf8"}}, true},
      {{{"LANG", "C"}, {"LC_CTYPE", "C.UTF-8"}}, true},
      {{{"LANG", "C.UTF-8"}, {"LC_CTYPE", "POSIX"}}, false},
      {{{"LANG", "C.UTF-8"}, {"LC_CTYPE", "C.UTF-8"}, {"LC_ALL", "C"}}, false},
      {{{"LANG", "C.UTF-8"}, {"LC_ALL", ""}}, true},
  };
  for (const auto& [variables, unicode] : cases) {
    const test::Environment set(environment(variables));
    CHECK(look_at(file.fd(), Color::automatic).unicode == unicode);
  }
}

}  // namespace
}  // namespace fleetscan::commands
