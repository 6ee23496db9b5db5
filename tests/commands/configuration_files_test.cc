#include "commands/configuration_files.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "commands/command_line.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/environment.h"

namespace fleetscan::commands {
namespace {

using Variables = test::Environment::Variables;
using Words = std::vector<std::string>;

/// A home with configuration files, in an environment that names no other.
class Home {
 public:
  explicit Home(Variables more = {}) : environment_(variables(std::move(more))) {}

  std::string write(const std::string& name, std::string_view text) {
    return files_.write(name, text);
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return files_.path() + '/' + name;
  }

 private:
  [[nodiscard]] Variables variables(Variables more) const {
    more.try_emplace("HOME", files_.path());
    more.try_emplace("XDG_CONFIG_HOME", std::nullopt);
    more.try_emplace("FLEETSCAN_CONFIG", std::nullopt);
    more.try_emplace("FLEETSCAN_PORT", std::nullopt);
    more.try_emplace("FLEETSCAN_RETRIES", std::nullopt);
    return more;
  }

  test::TemporaryFiles files_;
  test::Environment environment_;
};

/// Where the settings come from, but for the machine's own file, which a test cannot choose.
Words origins(const Words& arguments) {
  Words origins;
  for (const auto& layer : config_layers(arguments))
    if (!layer.origin.starts_with("/etc/")) origins.push_back(layer.origin);
  return origins;
}

/// The port that a command line leads to.
int port(const Words& arguments) {
  const auto parsed = parse_options(arguments, config_layers(arguments));
  if (const auto* instead = std::get_if<Instead>(&parsed)) FAIL(instead->text);
  return std::get<Options>(parsed).inventory.default_port;
}

TEST_CASE("config_layers: the user's file lies in ~/.config unless XDG_CONFIG_HOME is absolute") {
  Home home;
  const auto usual = home.write(".config/fleetscan/config.toml", "port = 2201\n");
  const auto xdg = home.write("xdg/fleetscan/config.toml", "port = 2202\n");
  CHECK(origins({"a"}) == Words{usual});
  CHECK(port({"a"}) == 2201);
  {
    const test::Environment set{{"XDG_CONFIG_HOME", home.path("xdg")}};
    CHECK(origins({"a"}) == Words{xdg});
    CHECK(port({"a"}) == 2202);
  }
  const test::Environment relative{{"XDG_CONFIG_HOME", "xdg"}};
  CHECK(origins({"a"}) == Words{usual});
}

TEST_CASE("config_layers: a home without a file, and no home at all") {
  Home home;
  CHECK(origins({"a"}).empty());
  const test::Environment none{{"HOME", std::nullopt}};
  CHECK(origins({"a"}).empty());
}

TEST_CASE("config_layers: an empty file says nothing") {
  Home home;
  const auto empty = home.write("empty.toml", "");
  CHECK(origins({"a", "--config", empty}) == Words{empty});
}

TEST_CASE("config_layers: a home that cannot be looked into has no file") {
  Home home;
  const test::Environment odd{{"HOME", home.write("file", "") + "/home"}};
  CHECK(origins({"a"}).empty());
  const test::Environment long_name{{"HOME", '/' + std::string(5000, 'x')}};
  CHECK(origins({"a"}).empty());
}

TEST_CASE("config_layers: the command line wins over the environment, and that over files") {
  Home home;
  home.write(".config/fleetscan/config.toml", "port = 2201\nretries = 5\n");
  CHECK(port({"a"}) == 2201);
  const test::Environment set{{"FLEETSCAN_PORT", "2203"}};
  CHECK(port({"a"}) == 2203);
  CHECK(port({"a", "-p", "2204"}) == 2204);
  const auto parsed = parse_options({"a"}, config_layers({"a"}));
  CHECK(std::get<Options>(parsed).limits.retry.retries == 5);  // what only the file says, counts
}

TEST_CASE("config_layers: a file that is asked for stands in place of the usual ones") {
  Home home;
  home.write(".config/fleetscan/config.toml", "retries = 5\n");
  const auto mine = home.write("mine.toml", "port = 2205\n");
  const auto other = home.write("other.toml", "port = 2206\n");
  CHECK(origins({"a", "--config", mine}) == Words{mine});
  CHECK(origins({"a", "--config=" + mine}) == Words{mine});
  const test::Environment set{{"FLEETSCAN_CONFIG", other}};
  CHECK(port({"a"}) == 2206);
  CHECK(port({"a", "--config", mine}) == 2205);
}

TEST_CASE("config_layers: --no-config reads no file, but the environment still counts") {
  Home home(Variables{{"FLEETSCAN_RETRIES", "7"}});
  home.write(".config/fleetscan/config.toml", "port = 2201\n");
  CHECK(origins({"a", "--no-config"}) == Words{"FLEETSCAN_RETRIES"});
  CHECK(port({"a", "--no-config"}) == 22);
}

TEST_CASE("config_layers: a variable that is empty or unknown says nothing") {
  const Home home(Variables{{"FLEETSCAN_PORT", ""}, {"FLEETSCAN_NO_SUCH_OPTION", "1"}});
  CHECK(origins({"a"}).empty());
}

TEST_CASE("config_layers: what was asked for and cannot be read is an error that names it") {
  Home home;
  const auto missing = home.path("no\x1b.toml");
  CHECK_THROWS_WITH_AS(static_cast<void>(config_layers({"--config", missing})),
                       ("the configuration " + home.path("no\\x1b.toml") +
                        " cannot be read: No such file or directory")
                           .c_str(),
                       std::runtime_error);
  CHECK_THROWS_AS(static_cast<void>(config_layers({"--config", home.path("")})),
                  std::runtime_error);  // a folder
}

}  // namespace
}  // namespace fleetscan::commands
