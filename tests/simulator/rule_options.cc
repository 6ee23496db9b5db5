#include "tests/simulator/rule_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "tests/simulator/wire.h"

namespace fleetscan::simulator {
namespace {

constexpr double kMaxSeconds = 86400;

using Setter = bool (*)(RuleOptions&, std::string_view);

template <typename T>
bool number(T& out, std::string_view text) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool flag(bool& out, std::string_view text) {
  out = text == "1";
  return text == "0" || text == "1";
}

bool duration(Duration& out, std::string_view text) {
  const auto parsed = parse_duration(text);
  if (parsed) out = *parsed;
  return parsed.has_value();
}

bool list(std::optional<std::vector<std::string>>& out, std::string_view text) {
  out = split(text, ',');
  return true;
}

template <typename T, std::size_t count>
bool choice(T& out, std::string_view text, const std::pair<std::string_view, T> (&choices)[count]) {
  const auto* found = std::ranges::find(choices, text, &std::pair<std::string_view, T>::first);
  if (found != std::end(choices)) out = found->second;
  return found != std::end(choices);
}

bool key_types(std::vector<KeyType>& out, std::string_view text) {
  out.clear();
  for (const auto& name : split(text, ',')) {
    KeyType type{};
    if (!choice<KeyType>(
            type, name,
            {{"ed25519", KeyType::ed25519}, {"rsa", KeyType::rsa}, {"ecdsa", KeyType::ecdsa}})) {
      return false;
    }
    out.push_back(type);
  }
  return !out.empty();
}

enum class Use : std::uint8_t { server, behavior, modifier };

struct Row {
  std::string_view key;
  Use use;
  std::string_view wanted;
  Setter set;
};

constexpr std::string_view kDuration = "a time like 2.5s, 20ms or 0";

// clang-format off
const Row kRows[] = {
    {"profile", Use::server, "a profile's name, e.g. openssh-9.2", [](auto& o, auto v) { o.profile = v; return find_profile(v) != nullptr; }},
    {"ident", Use::server, "text", [](auto& o, auto v) { o.ident = v; return true; }},
    {"hostkey", Use::server, "ed25519, rsa, ecdsa or several with commas", [](auto& o, auto v) { return key_types(o.host_key_types, v); }},
    {"key", Use::server, "a number", [](auto& o, auto v) { return number(o.key, v); }},
    {"kex", Use::server, "names with commas", [](auto& o, auto v) { return list(o.kex, v); }},
    {"hostkeys", Use::server, "names with commas", [](auto& o, auto v) { return list(o.host_keys, v); }},
    {"ciphers", Use::server, "names with commas", [](auto& o, auto v) { return list(o.ciphers, v); }},
    {"macs", Use::server, "names with commas", [](auto& o, auto v) { return list(o.macs, v); }},
    {"kexinit", Use::server, "at_once, after_ident or after_client", [](auto& o, auto v) {
       return choice<KexinitOrder>(o.kexinit, v, {{"at_once", KexinitOrder::at_once},
                                                  {"after_ident", KexinitOrder::after_ident},
                                                  {"after_client", KexinitOrder::after_client}}); }},
    {"pre_lines", Use::server, "a number up to 1000", [](auto& o, auto v) { return number(o.pre_lines, v) && o.pre_lines <= 1000; }},
    {"lf", Use::server, "0 or 1", [](auto& o, auto v) { return flag(o.bare_lf, v); }},
    {"delay", Use::behavior, kDuration, [](auto& o, auto v) { return duration(o.delay.emplace(), v); }},
    {"interval", Use::behavior, kDuration, [](auto& o, auto v) { return duration(o.interval.emplace(), v); }},
    {"text", Use::behavior, "text", [](auto& o, auto v) { o.text = v; return true; }},
    {"answer", Use::behavior, "text", [](auto& o, auto v) { o.answer = v; return true; }},
    {"then", Use::behavior, "hold or close", [](auto& o, auto v) { return choice<Then>(o.then.emplace(), v, {{"hold", Then::hold}, {"close", Then::close}}); }},
    {"kind", Use::behavior, "nul, escape or version", [](auto& o, auto v) {
       return choice<Malformation>(o.malformation, v, {{"nul", Malformation::nul},
                                                       {"escape", Malformation::escape},
                                                       {"version", Malformation::version}}); }},
    {"reason", Use::behavior, "a number", [](auto& o, auto v) { return number(o.reason, v); }},
    {"on_first_bytes", Use::behavior, "0 or 1", [](auto& o, auto v) { return flag(o.on_first_bytes, v); }},
    {"latency", Use::modifier, kDuration, [](auto& o, auto v) { return duration(o.latency, v); }},
    {"jitter", Use::modifier, kDuration, [](auto& o, auto v) { return duration(o.jitter, v); }},
    {"drip", Use::modifier, kDuration, [](auto& o, auto v) { return duration(o.drip.emplace(), v); }},
    {"drop_over", Use::modifier, "a number of bytes", [](auto& o, auto v) { return number(o.drop_over.emplace(), v); }},
    {"fail", Use::modifier, "a behavior's name", [](auto& o, auto v) { o.fail = v; return true; }},
    {"fail_first", Use::modifier, "a number", [](auto& o, auto v) { return number(o.fail_first, v); }},
    {"probability", Use::modifier, "a number from 0 to 1", [](auto& o, auto v) { return number(o.probability, v) && o.probability >= 0 && o.probability <= 1; }},
    {"expect", Use::modifier, "a class", [](auto& o, auto v) { o.expect = v; return true; }},
};
// clang-format on

const Row* find(std::string_view key) {
  const auto* found = std::ranges::find(kRows, key, &Row::key);
  return found == std::end(kRows) ? nullptr : found;
}

bool has_use(std::string_view key, Use use) {
  const auto* row = find(key);
  return row != nullptr && row->use == use;
}

}  // namespace

std::optional<std::string> set_option(RuleOptions& options, std::string_view key,
                                      std::string_view value) {
  const auto* row = find(key);
  if (row == nullptr) return "unknown key \"" + std::string(key) + "\"; remove it";
  if (row->set(options, value)) return std::nullopt;
  return std::string(key) + "=" + std::string(value) + ": give " + std::string(row->wanted);
}

bool is_server_key(std::string_view key) { return has_use(key, Use::server); }
bool is_modifier(std::string_view key) { return has_use(key, Use::modifier); }

std::optional<Duration> parse_duration(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double seconds = 0;
  if (unit.empty() || unit == "s") {
    seconds = value;
  } else if (unit == "ms") {
    seconds = value / 1e3;
  } else if (unit == "us") {
    seconds = value / 1e6;
  } else {
    return std::nullopt;
  }
  if (!(seconds >= 0 && seconds <= kMaxSeconds)) return std::nullopt;
  return Duration(std::llround(seconds * 1e9));
}

}  // namespace fleetscan::simulator
