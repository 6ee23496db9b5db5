#include "inventory/formats/ansible_template.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/ascii.h"

namespace fleetscan::inventory {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr int kMaxDepth = 20;              // variables that name each other
constexpr std::size_t kMostBytes = 65536;  // what a few of them may grow to

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// A value, or why there is none; a missing variable may yet get a default.
struct Value {
  std::string text = {};
  std::string unknown = {};  ///< "variable x"
  bool hopeless = false;     ///< no default helps
};

class Resolver {
 public:
  Resolver(std::string_view host, const TemplateVariables& variables)
      : host_(host), variables_(variables) {}

  Value text(std::string_view text, int depth) {
    Value result;
    while (true) {
      if (++steps_ > kMostSteps) return hopeless();
      const auto open = text.find('{');
      const char kind = open + 1 < text.size() && open != npos ? text[open + 1] : '\0';
      if (open == npos) return with(std::move(result), text);
      if (kind == '%') return hopeless();
      if (kind != '{') {
        result = with(std::move(result), text.substr(0, open + 1));
        text.remove_prefix(open + 1);
        continue;
      }
      const auto close = text.find("}}", open);
      if (close == npos || depth > kMaxDepth) return hopeless();
      auto value = Expression(*this, text.substr(open + 2, close - open - 2), depth).whole();
      if (!value.unknown.empty()) return value;
      result = with(with(std::move(result), text.substr(0, open)), value.text);
      text.remove_prefix(close + 2);
      if (result.text.size() > kMostBytes) return hopeless();
    }
  }

 private:
  static Value hopeless() { return {"", "a template that only Ansible evaluates", true}; }
  static Value with(Value value, std::string_view more) {
    value.text += more;
    return value;
  }

  Value variable(std::string_view name, int depth) {
    if (name == "inventory_hostname") return {std::string{host_}};
    if (name == "inventory_hostname_short") return {std::string{host_.substr(0, host_.find('.'))}};
    if (name == "omit") return {};
    const auto found = variables_.find(name);
    if (found == variables_.end()) return {"", "variable " + std::string{name}};
    return text(found->second, depth + 1);
  }

  /// terms joined by "~", each a name or literal with filters behind it
  class Expression {
   public:
    Expression(Resolver& resolver, std::string_view text, int depth)
        : resolver_(resolver), rest_(text), depth_(depth) {}

    Value whole() {
      auto value = joined();
      skip_blanks();
      return rest_.empty() ? value : hopeless();
    }

   private:
    Value joined() {
      auto value = filtered();
      while (taken('~')) {
        const auto more = filtered();
        if (!value.unknown.empty()) continue;
        if (!more.unknown.empty()) return more;
        value.text += more.text;
      }
      return value;
    }

    Value filtered() {
      auto value = primary();
      while (taken('|')) value = filter(std::move(value));
      return value;
    }

    Value primary() {
      skip_blanks();
      if (rest_.empty() || ++terms_ > kMostTerms) return hopeless();
      const char c = rest_.front();
      if (c == '\'' || c == '"') return quoted(c);
      if (taken('(')) {
        auto value = joined();
        return taken(')') ? value : hopeless();
      }
      const auto name = word();
      if (name.empty() || rest_.starts_with('(')) return hopeless();
      if (rest_.starts_with('.') || rest_.starts_with('[')) return part_of(name);
      if (std::ranges::all_of(name, [](char d) { return d >= '0' && d <= '9'; }))
        return {std::string{name}};
      return resolver_.variable(name, depth_);
    }

    /// "facts.address", "hostvars['x']": never known here, but a default may help.
    Value part_of(std::string_view name) {
      const auto end = rest_.find_first_of(" |)~,");
      rest_.remove_prefix(std::min(end, rest_.size()));
      return {"", "variable " + std::string{name}};
    }

    Value quoted(char quote) {
      const auto close = rest_.find(quote, 1);
      if (close == npos) return hopeless();
      Value value{std::string{rest_.substr(1, close - 1)}};
      rest_.remove_prefix(close + 1);
      return value;
    }

    Value filter(Value value) {
      skip_blanks();
      const auto name = word();
      std::optional<Value> argument;
      bool empty_too = false;
      if (taken('(')) {
        argument = joined();
        if (taken(',')) empty_too = lower(last_word()) == "true";
        if (!taken(')')) return hopeless();
      }
      if (value.hopeless) return value;
      if (name == "default" || name == "d") {
        const bool missing = !value.unknown.empty() || (empty_too && value.text.empty());
        return missing ? argument.value_or(Value{}) : value;
      }
      if (!value.unknown.empty()) return value;
      if (name == "int" || name == "string" || name == "trim") return value;
      if (name == "lower") return {lower(value.text)};
      return hopeless();
    }

    std::string_view last_word() {
      skip_blanks();
      auto name = word();
      if (taken('=')) skip_blanks(), name = word();
      return name;
    }

    std::string_view word() {
      std::size_t length = 0;
      while (length < rest_.size() && is_name_byte(rest_[length])) ++length;
      const auto result = rest_.substr(0, length);
      rest_.remove_prefix(length);
      return result;
    }
    void skip_blanks() {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
    }
    bool taken(char c) {
      skip_blanks();
      if (!rest_.starts_with(c)) return false;
      rest_.remove_prefix(1);
      return true;
    }

    static constexpr int kMostTerms = 100;
    Resolver& resolver_;
    std::string_view rest_;
    int depth_, terms_ = 0;
  };

  static constexpr int kMostSteps = 10'000;
  std::string_view host_;
  const TemplateVariables& variables_;
  int steps_ = 0;
};

}  // namespace

std::variant<std::string, UnresolvedTemplate> resolve_template(std::string_view text,
                                                               std::string_view host,
                                                               const TemplateVariables& variables) {
  if (text.find('{') == npos) return std::string{text};
  auto value = Resolver(host, variables).text(text, 0);
  if (!value.unknown.empty()) return UnresolvedTemplate{std::move(value.unknown)};
  return std::move(value.text);
}

void for_each_template_name(std::string_view text,
                            const std::function<void(std::string_view)>& visit) {
  for (auto open = text.find("{{"); open != npos; open = text.find("{{", open + 2)) {
    const auto close = text.find("}}", open);
    if (close == npos) return;
    const auto inside = text.substr(open, close - open);
    for (std::size_t at = 0; at < inside.size();) {
      const auto begin = at;
      while (at < inside.size() && is_name_byte(inside[at])) ++at;
      if (at == begin)
        ++at;
      else
        visit(inside.substr(begin, at - begin));
    }
    open = close;
  }
}

}  // namespace fleetscan::inventory
