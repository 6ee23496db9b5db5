#include "tests/simulator/scenario.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace fleetscan::simulator {
namespace {

/// Made once in a process, because an RSA key takes a tenth of a second.
std::shared_ptr<const HostKey> host_key(KeyType type, unsigned number) {
  static std::map<std::pair<KeyType, unsigned>, std::shared_ptr<const HostKey>> keys;
  auto& key = keys[{type, number}];
  if (!key) key = std::make_shared<const HostKey>(type, number);
  return key;
}

std::shared_ptr<const Server> make_server(const RuleOptions& options) {
  const auto& profile = *find_profile(options.profile);
  auto offer = offer_of(profile);
  if (options.kex) offer[ssh::Slot::kex] = *options.kex;
  if (options.ciphers)
    offer[ssh::Slot::cipher_c2s] = offer[ssh::Slot::cipher_s2c] = *options.ciphers;
  if (options.macs) offer[ssh::Slot::mac_c2s] = offer[ssh::Slot::mac_s2c] = *options.macs;
  auto& host_keys = offer[ssh::Slot::host_key];
  if (options.host_keys) {
    host_keys = *options.host_keys;
  } else if (host_keys.empty()) {
    host_keys = host_key_names(options.host_key_types);
  } else {
    std::erase_if(host_keys, [&](const std::string& name) {
      return std::ranges::none_of(options.host_key_types,
                                  [&](KeyType type) { return HostKey::fits(type, name); });
    });
  }
  auto server = std::make_shared<Server>();
  server->identification = options.ident.value_or(std::string(profile.identification));
  server->offer = offer;
  server->kexinit = kexinit_payload(offer);
  for (const auto type : options.host_key_types) {
    server->host_keys.push_back(host_key(type, options.key));
  }
  return server;
}

/// "127.1.0.0/16", "127.1.2.3", "::1/128" or "[::1]:PORT".
bool parse_place(std::string_view text, Rule& rule) {
  if (text.starts_with("[::1]:")) {
    const auto digits = text.substr(6);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), rule.port);
    rule.prefix = Prefix(*Address::parse("::1"), 128);
    return error == std::errc() && end == digits.data() + digits.size() && rule.port != 0;
  }
  if (const auto address = Address::parse(text)) {
    rule.prefix = Prefix(*address, address->bits());
  } else if (const auto prefix = Prefix::parse(text)) {
    rule.prefix = *prefix;
  } else {
    return false;
  }
  return rule.prefix.base().is_v4();
}

using Problem = std::optional<std::string>;  // what is wrong; remedy

Problem set_options(Rule& rule, const std::vector<std::string>& parts) {
  std::vector<std::string> keys;
  for (std::size_t i = 2; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == std::string::npos) return "\"" + parts[i] + "\": give options as key=value";
    keys.push_back(parts[i].substr(0, equals));
    if (auto problem =
            set_option(rule.options, keys.back(), std::string_view(parts[i]).substr(equals + 1))) {
      return problem;
    }
  }
  const Behavior* failing = nullptr;
  if (rule.options.fail) {
    failing = find_behavior(*rule.options.fail);
    if (failing == nullptr || failing->by != Behavior::By::script) {
      return "fail=" + *rule.options.fail + " is nothing that a connection can do; name another";
    }
  }
  if (rule.options.fail.has_value() != (rule.options.fail_first > 0)) {
    return "fail= and fail_first= belong together; give both or none";
  }
  for (const auto& key : keys) {
    if (!takes(*rule.behavior, key) && !(failing != nullptr && takes(*failing, key))) {
      return std::string(rule.behavior->name) + " does not take " + key + "; remove it";
    }
  }
  return std::nullopt;
}

Problem parse_rule(std::string_view line, Rule& rule) {
  const auto parts = words(line);
  if (!parts)
    return "unclosed quote or unknown escape; use \"...\" with \\\\ \\\" \\r \\n \\t \\0 \\xHH";
  if (!parse_place(parts->front(), rule)) {
    return "\"" + parts->front() + "\": give an IPv4 prefix like 127.1.0.0/16, or [::1]:PORT";
  }
  if (parts->size() < 2) return "no behavior; name one, e.g. healthy";
  rule.behavior = find_behavior((*parts)[1]);
  if (rule.behavior == nullptr) {
    return "unknown behavior \"" + (*parts)[1] + "\"; --list-behaviors shows all";
  }
  if (rule.behavior->by == Behavior::By::absence && rule.prefix.base().is_v4()) {
    return std::string(rule.behavior->name) +
           " is possible only for [::1]:PORT; scan a port that "
           "nobody listens on instead";
  }
  if (auto problem = set_options(rule, *parts)) return problem;
  if (rule.behavior->by != Behavior::By::script) return std::nullopt;
  const auto server = make_server(rule.options);
  rule.script = build_script(*rule.behavior, rule.options, server);
  rule.healthy = build_script(*find_behavior("healthy"), rule.options, server);
  if (rule.options.fail) {
    rule.failing = build_script(*find_behavior(*rule.options.fail), rule.options, server);
  }
  return std::nullopt;
}

std::optional<char> hex_byte(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2) return std::nullopt;
  return static_cast<char>(static_cast<std::uint8_t>(value));
}

/// The byte that an escape stands for, given what follows the backslash; takes what it used.
std::optional<char> unescape(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const char c = rest.front();
  rest.remove_prefix(1);
  switch (c) {
    case '\\':
    case '"': return c;
    case 'r': return '\r';
    case 'n': return '\n';
    case 't': return '\t';
    case '0': return '\0';
    case 'x': {
      const auto byte = hex_byte(rest.substr(0, 2));
      rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
      return byte;
    }
    default: return std::nullopt;
  }
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

std::optional<std::vector<std::string>> words(std::string_view line) {
  std::vector<std::string> parts;
  bool quoted = false;
  bool in_word = false;
  while (!line.empty()) {
    const char c = line.front();
    line.remove_prefix(1);
    if (!quoted && (is_blank(c) || (c == '#' && !in_word))) {
      if (c == '#') break;
      in_word = false;
      continue;
    }
    if (!std::exchange(in_word, true)) parts.emplace_back();
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted && c == '\\') {
      const auto byte = unescape(line);
      if (!byte) return std::nullopt;
      parts.back() += *byte;
    } else {
      parts.back() += c;
    }
  }
  if (quoted) return std::nullopt;
  return parts;
}

Scenario Scenario::parse(std::string_view text, std::string_view name) {
  Scenario scenario;
  int number = 0;
  const auto add = [&](std::string_view line) {
    if (const auto parts = words(line); parts && parts->empty()) return;
    auto rule = std::make_unique<Rule>();
    rule->line = number;
    auto problem = parse_rule(line, *rule);
    if (!problem) {
      const auto same = std::ranges::find_if(scenario.rules_, [&](const auto& other) {
        return other->prefix == rule->prefix && other->port == rule->port;
      });
      if (same != scenario.rules_.end()) {
        problem = "this host or prefix has a rule in line " + std::to_string((*same)->line) +
                  "; remove one";
      }
    }
    if (problem) {
      scenario.errors_.push_back(std::string(name) + ":" + std::to_string(number) + ": " +
                                 *problem);
    } else {
      scenario.rules_.push_back(std::move(rule));
    }
  };
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    add(line);
  }
  number = 0;
  const bool whole_v4 = std::ranges::any_of(scenario.rules_, [](const auto& rule) {
    return rule->prefix.base().is_v4() && rule->prefix.length() == 0;
  });
  if (!whole_v4) add("0.0.0.0/0 healthy");
  std::ranges::stable_sort(scenario.rules_, [](const auto& a, const auto& b) {
    return a->prefix.length() > b->prefix.length();
  });
  return scenario;
}

const Rule& Scenario::find(const Address& address, std::uint16_t port) const {
  const auto found = std::ranges::find_if(rules_, [&](const auto& rule) {
    return (rule->port == 0 || rule->port == port) && rule->prefix.contains(address);
  });
  return found == rules_.end() ? *rules_.back() : **found;
}

std::vector<std::uint16_t> Scenario::v6_ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& rule : rules_) {
    if (rule->port != 0) ports.push_back(rule->port);
  }
  return ports;
}

const Script& Scenario::script_for(const Rule& rule, std::uint64_t nth, double chance) {
  if (nth < rule.options.fail_first) return rule.failing;
  return chance < rule.options.probability ? rule.script : rule.healthy;
}

}  // namespace fleetscan::simulator
