#include "commands/option_declarer.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "commands/option_values.h"

namespace fleetscan::commands {

using Text = std::string;

void OptionDeclarer::flag(const Text& names, bool& into, const Text& text) {
  app_.add_flag(names, into, text)->group(group_);
}

void OptionDeclarer::count(const Text& names, unsigned& into, const Text& text) {
  app_.add_flag(names, into, text)->group(group_);
}

void OptionDeclarer::list(const Text& names, std::vector<Text>& into, const Text& type,
                          const Text& text) {
  app_.add_option(names, into, text)->type_name(type)->allow_extra_args(false)->group(group_);
}

void OptionDeclarer::text(const Text& names, Text& into, const Text& type, const Text& text) {
  value(names, type, "", text, [&into](const Text& given) { into = given; });
}

void OptionDeclarer::value(const Text& names, const Text& type, const Text& fallback,
                           const Text& text, const std::function<void(const Text&)>& take) {
  app_.add_option_function<Text>(names, take, text)
      ->type_name(type)
      ->default_str(fallback)
      ->take_last()
      ->group(group_);
}

void OptionDeclarer::seconds(const Text& name, std::chrono::milliseconds& into, const Text& text,
                             std::chrono::milliseconds least) {
  value(name, "SEC", seconds_text(into), text,
        [=, &into](const Text& given) { into = parse_seconds(name, given, least); });
}

void OptionDeclarer::choice(const Text& name, const std::vector<Text>& words, std::size_t fallback,
                            const Text& text, std::function<void(std::size_t)> take) {
  value(name, fmt::format("{}", fmt::join(words, "|")), words[fallback], text,
        [=, take = std::move(take)](const Text& given) {
          const auto found = std::ranges::find(words, given);
          if (found == words.end())
            refuse_value(name, given, fmt::format("must be one of {}", fmt::join(words, ", ")));
          take(static_cast<std::size_t>(found - words.begin()));
        });
}

}  // namespace fleetscan::commands
