#include "inventory/formats/ansible_template.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ascii.h"
#include "inventory/formats/ansible_filters.h"

namespace fleetscan::inventory {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 20;              // variables that name each other
constexpr int kMostSteps = 10'000;         // of one template
constexpr std::size_t kMostBytes = 65536;  // what a few variables may grow to

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_number(std::string_view text) {
  constexpr std::size_t kMostDigits = 15;
  return !text.empty() && text.size() <= kMostDigits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A value, or why there is none; a missing variable may yet get a default.
struct Value {
  enum class Kind : std::uint8_t { plain, all_hosts, host, groups };

  Json json = "";
  std::string unknown = {};  ///< "variable x"
  bool hopeless = false;     ///< no default helps
  Kind kind = Kind::plain;   ///< `json` is the name of a host; or the part is still to be named
};

Value only_ansible() { return {"", "a template that only Ansible evaluates", true}; }
Value missing(std::string name) { return {"", "variable " + std::move(name)}; }

/// Evaluates templates in the scope of one host.
class Resolver {
 public:
  Resolver(const TemplateScope& scope, int& steps) : scope_(scope), steps_(steps) {}

  /// @param otherwise  stands for what cannot be resolved; null: then nothing can
  Value text(std::string_view text, int depth, const std::string* otherwise = nullptr) {
    Value result;
    std::string known;
    while (true) {
      const auto open = text.find('{');
      const char kind = open != npos && open + 1 < text.size() ? text[open + 1] : '\0';
      if (++steps_ > kMostSteps || known.size() > kMostBytes || kind == '%') return only_ansible();
      known += text.substr(0, kind == '{' ? open : kind == '\0' ? npos : open + 1);
      if (kind == '\0') return {std::move(known)};
      text.remove_prefix(open + 1);
      if (kind != '{') continue;
      const auto close = text.find("}}");
      if (close == npos || depth > kMaxDepth) return only_ansible();
      auto value = printed(Expression(*this, text.substr(1, close - 1), depth).whole());
      if (!value.unknown.empty() && !otherwise) return value;
      known += value.unknown.empty() ? value.json.get_ref<const std::string&>() : *otherwise;
      text.remove_prefix(close + 2);
    }
  }

 private:
  static Value printed(Value value) {
    if (!value.unknown.empty()) return value;
    const auto text = value.kind == Value::Kind::plain ? ansible_text(value.json) : std::nullopt;
    return text ? Value{*text} : only_ansible();
  }

  Value variable(std::string_view name, int depth) {
    if (name == "inventory_hostname") return {std::string{scope_.host}};
    if (name == "inventory_hostname_short")
      return {std::string{scope_.host.substr(0, scope_.host.find('.'))}};
    if (name == "omit") return {};
    if (name == "hostvars" && scope_.of_host) return {"", "", false, Value::Kind::all_hosts};
    if (name == "groups" && scope_.hosts_in) return {"", "", false, Value::Kind::groups};
    const auto found = scope_.variables.find(name);
    if (found != scope_.variables.end()) return settled(found->second, depth, name);
    auto value = missing(std::string{name});
    value.hopeless = scope_.vaulted && lower(name).find("vault") != npos;
    if (value.hopeless) value.unknown += ", which may be in a vaulted file";
    return value;
  }

  /// A variable's value with the templates in it resolved; those in a list or mapping later.
  Value settled(const Json& json, int depth, std::string_view name) {
    if (!json.is_string()) return {json};
    const auto& value = json.get_ref<const std::string&>();
    if (value.starts_with("$ANSIBLE_VAULT"))
      return {"", "variable " + std::string{name} + ", which is vaulted", true};
    if (value.find('{') == npos) return {json};
    return text(value, depth + 1);
  }

  /// What `value.key` or `value[key]` is.
  Value part(const Value& value, const Json& key, int depth) {
    const auto name = ansible_text(key);
    if (!name || ++steps_ > kMostSteps || depth > kMaxDepth) return only_ansible();
    if (value.kind == Value::Kind::all_hosts) return {*name, "", false, Value::Kind::host};
    if (value.kind == Value::Kind::host)
      return of_host(value.json.get_ref<const std::string&>(), *name, depth);
    if (value.kind == Value::Kind::groups) {
      const auto hosts = scope_.hosts_in(*name);
      if (hosts.empty()) return missing("groups." + *name);
      return {Json(hosts)};
    }
    if (value.json.is_object()) {
      const auto found = value.json.find(*name);
      return found == value.json.end() ? missing(*name) : settled(*found, depth, *name);
    }
    if (value.json.is_array() && key.is_number_integer()) {
      const auto size = static_cast<std::int64_t>(value.json.size());
      const auto index = key.get<std::int64_t>() + (key.get<std::int64_t>() < 0 ? size : 0);
      if (index < 0 || index >= size) return missing("[" + *name + "]");
      return settled(value.json.at(static_cast<std::size_t>(index)), depth, "of a list");
    }
    return only_ansible();
  }

  Value of_host(const std::string& host, std::string_view name, int depth) {
    const auto* variables = scope_.of_host(host);
    if (!variables) return missing("hostvars." + host);
    const TemplateScope scope{host, *variables, scope_.of_host, scope_.hosts_in, scope_.vaulted};
    return Resolver(scope, steps_).variable(name, depth + 1);
  }

  /// Terms joined by "~" or "+", each a name or literal with parts and filters behind it.
  class Expression {
   public:
    Expression(Resolver& resolver, std::string_view text, int depth)
        : resolver_(resolver), rest_(text), depth_(depth) {}

    Value whole() {
      auto value = joined();
      skip_blanks();
      return rest_.empty() ? value : only_ansible();
    }

   private:
    Value joined() {
      if (++nested_ > kMostNested) return only_ansible();
      auto value = sum();
      while (taken('~')) value = concatenated(printed(std::move(value)), printed(sum()));
      --nested_;
      return value;
    }

    Value sum() {
      auto value = filtered();
      while (taken('+')) {
        const auto more = filtered();
        const bool numbers = value.json.is_number_integer() && more.json.is_number_integer();
        const bool texts = value.json.is_string() && more.json.is_string();
        if (numbers && value.unknown.empty() && more.unknown.empty())
          value.json = value.json.get<std::int64_t>() + more.json.get<std::int64_t>();
        else
          value = texts ? concatenated(std::move(value), more) : only_ansible();
      }
      return value;
    }

    static Value concatenated(Value value, const Value& more) {
      if (!value.unknown.empty()) return value;
      if (!more.unknown.empty()) return more;
      value.json.get_ref<std::string&>() += more.json.get_ref<const std::string&>();
      return value;
    }

    Value filtered() {
      auto value = with_parts();
      while (taken('|')) value = filter(std::move(value));
      return value;
    }

    Value with_parts() {
      auto value = primary();
      while (!rest_.empty() && (rest_.front() == '.' || rest_.front() == '[')) {
        const bool bracket = taken('[');
        if (!bracket) rest_.remove_prefix(1);
        const auto name = bracket ? std::string_view{} : word();
        if (!bracket && rest_.starts_with('(')) {
          value = method(std::move(value), name);
          continue;
        }
        const auto key = bracket ? joined() : Value{std::string{name}};
        if (bracket && !taken(']')) return only_ansible();
        if (!key.unknown.empty() && !value.hopeless) value = key;
        if (value.unknown.empty()) value = resolver_.part(value, key.json, depth_);
      }
      return value;
    }

    Value primary() {
      skip_blanks();
      if (rest_.empty() || ++resolver_.steps_ > kMostSteps) return only_ansible();
      const char c = rest_.front();
      if (c == '\'' || c == '"') return quoted(c);
      if (taken('(')) {
        auto value = joined();
        return taken(')') ? value : only_ansible();
      }
      const bool negative = taken('-');
      const auto name = word();
      if (name.empty() || rest_.starts_with('(')) return only_ansible();
      if (is_number(name)) return {(negative ? -1 : 1) * std::stoll(std::string{name})};
      if (negative) return only_ansible();
      if (lower(name) == "true") return {"True"};
      return resolver_.variable(name, depth_);
    }

    Value quoted(char quote) {
      const auto close = rest_.find(quote, 1);
      if (close == npos) return only_ansible();
      Value value{std::string{rest_.substr(1, close - 1)}};
      rest_.remove_prefix(close + 1);
      return value;
    }

    Value filter(Value value) {
      skip_blanks();
      auto name = word();
      while (rest_.starts_with('.')) rest_.remove_prefix(1), name = word();
      bool good = true;
      const auto arguments = taken('(') ? arguments_to_end(good) : std::vector<Value>{};
      if (!good) return only_ansible();
      if (value.hopeless) return value;
      if (name == "default" || name == "d") return defaulted(std::move(value), arguments);
      return applied(value, name, arguments);
    }

    Value method(Value value, std::string_view name) {
      rest_.remove_prefix(1);
      bool good = true;
      const auto arguments = arguments_to_end(good);
      return good ? applied(value, name, arguments) : only_ansible();
    }

    static Value defaulted(Value value, const std::vector<Value>& arguments) {
      const bool empty_too = arguments.size() > 1 && arguments[1].json == "True";
      const bool empty = value.json.is_string() && value.json.get_ref<const std::string&>().empty();
      if (value.unknown.empty() && !(empty_too && empty)) return value;
      return arguments.empty() ? Value{} : arguments.front();
    }

    static Value applied(const Value& value, std::string_view name,
                         const std::vector<Value>& arguments) {
      if (!value.unknown.empty()) return value;
      std::vector<Json> plain;
      for (const auto& one : arguments) {
        if (!one.unknown.empty()) return one;
        plain.push_back(one.json);
      }
      const auto result = value.kind == Value::Kind::plain
                              ? ansible_filtered(value.json, name, plain)
                              : std::nullopt;
      return result ? Value{*result} : only_ansible();
    }

    /// What stands between parentheses; names of arguments ("boolean=true") are left out.
    std::vector<Value> arguments_to_end(bool& good) {
      std::vector<Value> arguments;
      while (!taken(')')) {
        skip_name();
        arguments.push_back(joined());
        skip_blanks();
        good = good && arguments.size() < kMostArguments && (taken(',') || rest_.starts_with(')'));
        if (!good) break;
      }
      return arguments;
    }

    void skip_name() {
      skip_blanks();
      const auto before = rest_;
      const bool named = !word().empty() && taken('=') && !rest_.starts_with('=');
      if (!named) rest_ = before;
    }

    std::string_view word() {
      std::size_t length = 0;
      while (length < rest_.size() && is_name_byte(rest_[length])) ++length;
      const auto result = rest_.substr(0, length);
      rest_.remove_prefix(length);
      return result;
    }
    void skip_blanks() {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }
    bool taken(char c) {
      skip_blanks();
      if (!rest_.starts_with(c)) return false;
      rest_.remove_prefix(1);
      return true;
    }

    static constexpr int kMostNested = 30;
    static constexpr std::size_t kMostArguments = 20;
    Resolver& resolver_;
    std::string_view rest_;
    int depth_, nested_ = 0;
  };

  const TemplateScope& scope_;
  int& steps_;
};

}  // namespace

std::variant<std::string, UnresolvedTemplate> resolve_template(std::string_view text,
                                                               const TemplateScope& scope) {
  int steps = 0;
  auto value = Resolver(scope, steps).text(text, 0);
  if (!value.unknown.empty()) return UnresolvedTemplate{std::move(value.unknown)};
  return value.json.get<std::string>();
}

std::string resolve_known_templates(std::string_view text, const TemplateScope& scope,
                                    std::string_view unknown) {
  int steps = 0;
  const std::string otherwise{unknown};
  const auto value = Resolver(scope, steps).text(text, 0, &otherwise);
  return value.unknown.empty() ? value.json.get<std::string>() : otherwise;
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
