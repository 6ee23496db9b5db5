#include "inventory/formats/ansible_toml.h"

// toml++ asserts, or assumes, that a table's name begins as names do before it looks: what is no
// TOML is an error just after that.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/formats/ansible_yaml.h"

namespace fleetscan::inventory {
namespace {

/// Text without characters beyond ASCII, which toml++ 3.3 cannot tell from blanks without undefined
/// behavior. Each of their bytes becomes a mark and two digits, until it is put back.
class AsciiText {
 public:
  explicit AsciiText(std::string_view text) : mark_(mark_for(text)) {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80)
        text_ += c;
      else
        text_ += fmt::format("{}{:02x}", mark_, byte);
    }
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] std::string restored(std::string_view marked) const {
    std::string text;
    for (auto at = marked.find(mark_); at != marked.npos; at = marked.find(mark_)) {
      if (marked.size() - at < kMarked) break;
      text += marked.substr(0, at);
      marked.remove_prefix(at + mark_.size());
      unsigned byte = 0;
      std::from_chars(marked.data(), marked.data() + kDigits, byte, 16);
      text += static_cast<char>(byte);
      marked.remove_prefix(kDigits);
    }
    return text.append(marked);
  }

 private:
  static constexpr std::size_t kDigits = 2, kMark = 3, kMarked = kMark + kDigits;

  /// What the text does not have. It ends as it does not begin: a mark is found where it was put.
  static std::string mark_for(std::string_view text) {
    constexpr std::string_view kLetters = "qjxkvwyp";
    for (const char second : kLetters)
      for (const char third : kLetters)
        if (const std::string mark{'z', second, third}; text.find(mark) == text.npos) return mark;
    throw toml::parse_error("too many unusual names", toml::source_position{});
  }

  std::string mark_;
  std::string text_;
};

/// The inventory as YAML has it, where children are a mapping.
std::string as_yaml(const toml::table& table) {
  std::ostringstream text;
  text << toml::json_formatter{table};
  auto root = nlohmann::json::parse(text.str());
  for (auto& group : root) {
    if (!group.is_object() || !group.contains("children")) continue;
    auto children = nlohmann::json::object();
    for (const auto& child : group["children"])
      if (child.is_string()) children[child.get<std::string>()] = nullptr;
    group["children"] = std::move(children);
  }
  return root.dump();
}

}  // namespace

void parse_ansible_toml(std::string_view text, const std::string& name, std::uint16_t source,
                        std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors) {
  if (!is_utf8(text)) return errors.add({name, 0, 0, "", "not valid TOML: not UTF-8"});
  try {
    const AsciiText ascii(without_bom(text));
    const auto yaml = ascii.restored(as_yaml(toml::parse(ascii.text(), name)));
    parse_ansible_yaml(yaml, name, source, most_hosts, groups, errors);
  } catch (const toml::parse_error& error) {
    const bool plain = std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
    const auto place = error.source().begin;  // which counts what stands for other characters
    errors.add({name, place.line, plain ? place.column : 0, "",
                "not valid TOML: " + std::string{error.description()}});
  } catch (const nlohmann::json::exception&) {
    errors.add({name, 0, 0, "", "values that no inventory has, such as inf"});
  }
}

}  // namespace fleetscan::inventory
