#pragma once
// OptionDeclarer declares options one by one: names, kind of value, where the value goes, help.

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "commands/option_values.h"

namespace fleetscan::commands {

/// `names` is as CLI11 takes it: "-p,--port". Of an option given twice the last value counts,
/// unless it is a list().
class OptionDeclarer {
 public:
  explicit OptionDeclarer(CLI::App& app) : app_(app) {}

  /// The heading in the help under which all that follows stands.
  void group(const std::string& name) { group_ = name; }

  void flag(const std::string& names, bool& into, const std::string& text);
  void count(const std::string& names, unsigned& into, const std::string& text);
  void list(const std::string& names, std::vector<std::string>& into, const std::string& type,
            const std::string& text);
  void text(const std::string& names, std::string& into, const std::string& type,
            const std::string& text);
  void value(const std::string& names, const std::string& type, const std::string& fallback,
             const std::string& text, const std::function<void(const std::string&)>& take);
  void seconds(const std::string& name, std::chrono::milliseconds& into, const std::string& text,
               std::chrono::milliseconds least = std::chrono::milliseconds{1});
  /// @param take  gets the position of the word among `words`
  void choice(const std::string& name, const std::vector<std::string>& words, std::size_t fallback,
              const std::string& text, std::function<void(std::size_t)> take);

  template <typename Number>
  void number(const std::string& names, Number& into, std::type_identity_t<Number> least,
              std::type_identity_t<Number> most, const std::string& text) {
    const auto name = names.substr(names.find("--"));
    value(names, "N", fmt::format("{}", into), text,
          [=, &into](const std::string& given) { into = parse_number(name, given, least, most); });
  }

 private:
  CLI::App& app_;
  std::string group_ = "Options";  ///< as CLI11 calls it
};

}  // namespace fleetscan::commands
