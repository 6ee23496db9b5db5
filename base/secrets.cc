#include "base/secrets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"

namespace fleetscan {
namespace {

constexpr std::string_view kMask = "***";

/// Anywhere in a name, whatever is around them.
constexpr std::array<std::string_view, 27> kWithin{
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "secret",
    "credential",
    "kennwort",
    "token",
    "apikey",
    "privatekey",
    "motdepasse",
    "contrase",
    "wachtwoord",
    "senha",
    "geheim",
    "salasana",
    "losenord",
    "l\xc3\xb6senord",
    "haslo",
    "has\xc5\x82o",
    "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb",
    "\xe5\xaf\x86\xe7\xa0\x81",
    "\xe5\xaf\x86\xe7\xa2\xbc",
    "\xe5\x8f\xa3\xe4\xbb\xa4",
    "\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89",
    "\xec\x95\x94\xed\x98\xb8"};
/// At the end of a word: "rootpw", "sshkey", "adminpass".
constexpr std::array<std::string_view, 4> kEndings{"pass", "pwd", "pw", "key"};
/// A word by itself.
constexpr std::array<std::string_view, 13> kWords{
    "enable", "community", "communities", "cred", "creds",   "psk", "otp",
    "totp",   "pin",       "mdp",         "keys", "command", "args"};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word_byte(char c) { return is_letter(c) || is_digit(c) || (c & 0x80) != 0; }

/// The words of a name in lower case: "enableSecret", "Enable Secret" and "ENABLE_SECRET" have two.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool inside = false, was_lower = false;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (is_word_byte(c)) {
      if (!inside || (upper && was_lower)) words.emplace_back();
      words.back() += lower(c);
    }
    inside = is_word_byte(c);
    was_lower = inside && !upper;
  }
  return words;
}

bool is_secret_word(std::string_view word) {
  while (!word.empty() && is_digit(word.back())) word.remove_suffix(1);
  return std::ranges::find(kWords, word) != kWords.end() ||
         std::ranges::any_of(kEndings, [&](auto ending) { return word.ends_with(ending); });
}

/// A word behind which prose has a password: "the password is ...", "pw ...".
bool announces(std::string_view word) {
  static constexpr std::array<std::string_view, 4> kShort{"pass", "pwd", "pw", "sshpass"};
  const auto text = lower(word);
  return text.find("passw") != npos || text.find("passphrase") != npos ||
         text.find("kennwort") != npos || std::ranges::find(kShort, text) != kShort.end();
}

/// Where what follows the name of a secret begins; npos if none is named.
std::size_t behind_name(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    while (at < text.size() && (is_word_byte(text[at]) || text[at] == '_' || text[at] == '-')) ++at;
    if (at == begin) {
      ++at;
      continue;
    }
    const auto word = text.substr(begin, at - begin);
    auto next = at;
    while (next < text.size() && (is_blank(text[next]) || text[next] == '"' || text[next] == '\''))
      ++next;
    if (next == text.size()) return npos;
    const bool assigned = text[next] == '=' || text[next] == ':';
    const bool spoken = next > at && (announces(word) || word.starts_with('-'));
    if ((assigned || spoken) && (announces(word) || is_secret_name(word)))
      return assigned ? next + 1 : next;
  }
  return npos;
}

bool has_token_prefix(std::string_view word) {
  struct Shape {
    std::string_view prefix;
    std::size_t least;  ///< bytes, prefix included
  };
  static constexpr std::array<Shape, 32> kShapes{
      {{"$ANSIBLE_VAULT", 14}, {"-----BEGIN", 10}, {"ghp_", 20},       {"gho_", 20},
       {"ghu_", 20},           {"ghs_", 20},       {"ghr_", 20},       {"github_pat_", 20},
       {"glpat-", 16},         {"xoxb-", 12},      {"xoxp-", 12},      {"xoxa-", 12},
       {"xapp-", 12},          {"sk-", 20},        {"sk_", 20},        {"rk_live_", 16},
       {"AKIA", 20},           {"ASIA", 20},       {"AIza", 30},       {"ya29.", 16},
       {"npm_", 20},           {"hvs.", 12},       {"hvb.", 12},       {"s.", 26},
       {"dop_v1_", 20},        {"SG.", 30},        {"eyJ", 20},        {"pypi-", 20},
       {"shpat_", 20},         {"dckr_pat_", 16},  {"AGE-SECRET", 10}, {"PuTTY-User-Key", 14}}};
  return std::ranges::any_of(kShapes, [&](const Shape& shape) {
    return word.size() >= shape.least && word.starts_with(shape.prefix);
  });
}

/// crypt(5): $1$..., $2b$..., $6$..., $y$...; {SSHA}... of LDAP
bool is_hash(std::string_view word) {
  if (word.starts_with("{SSHA") || word.starts_with("{CRYPT}") || word.starts_with("{SHA"))
    return true;
  const auto second = word.find('$', 1);
  constexpr std::size_t kLongestId = 10;
  return word.starts_with('$') && second != npos && second > 1 && second <= kLongestId &&
         second + 1 < word.size() && word.find('{') == npos &&
         std::ranges::all_of(word.substr(1, second - 1), is_word_byte);
}

/// Long, and of all kinds of characters in disorder, as no name of a thing is.
bool is_random(std::string_view word) {
  constexpr std::size_t kLeast = 24;
  constexpr int kLeastChanges = 8;
  if (word.size() < kLeast) return false;
  int kinds = 0, last = 0, changes = 0;
  for (const char c : word) {
    const int kind = is_digit(c) ? 1 : c >= 'a' && c <= 'z' ? 2 : c >= 'A' && c <= 'Z' ? 4 : 0;
    if (kind == 0 && c != '+' && c != '/' && c != '=' && c != '_' && c != '-') return false;
    if (kind == 0) continue;
    kinds |= kind;
    if (last != 0 && kind != last) ++changes;
    last = kind;
  }
  return kinds == 7 && changes >= kLeastChanges;
}

bool is_token(std::string_view word) {
  return has_token_prefix(word) || is_hash(word) || is_random(word);
}

bool ends_token(char c) {
  return is_blank(c) || c == '"' || c == '\'' || c == ',' || c == ';' || c == '<' || c == '>' ||
         c == '(' || c == ')';
}

/// Calls visit(word, offset) for each word, once as it stands and once from behind its first "=".
template <typename Visit>
bool any_token(std::string_view text, const Visit& visit) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto begin = at;
    while (at < text.size() && !ends_token(text[at])) ++at;
    const auto word = text.substr(begin, at - begin);
    if (is_token(word)) return visit(begin);
    const auto equals = word.find('=');
    if (equals != npos && is_token(word.substr(equals + 1))) return visit(begin + equals + 1);
  }
  return false;
}

/// A colon before an "@", in one word: a user with a password.
bool has_password_of_user(std::string_view text) {
  for (auto at = text.find('@'); at != npos; at = text.find('@', at + 1)) {
    const auto blank = text.find_last_of(" \t\n", at);
    auto user = text.substr(blank == npos ? 0 : blank + 1, at - (blank == npos ? 0 : blank + 1));
    if (const auto scheme = user.find("://"); scheme != npos) user.remove_prefix(scheme + 3);
    if (user.find(':') != npos) return true;
  }
  return false;
}

/// What stands before the last "@" of each URL, and of what precedes the first one.
std::string without_users(std::string_view text) {
  std::string result;
  while (true) {
    const auto scheme = text.find("://");
    const auto part = text.substr(0, scheme);
    const auto at = part.rfind('@');
    if (at != npos) result += kMask;
    result += part.substr(at == npos ? 0 : at);
    if (scheme == npos) return result;
    result += "://";
    text.remove_prefix(scheme + 3);
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string letters;
  for (const char c : name)
    if (is_word_byte(c)) letters += lower(c);
  if (std::ranges::any_of(kWithin, [&](auto part) { return letters.find(part) != npos; }))
    return true;
  return std::ranges::any_of(words_of(name), is_secret_word) || is_secret_word(letters);
}

bool looks_like_secret(std::string_view value) {
  constexpr std::size_t kShortest = 5;
  if (value.size() < kShortest) return false;
  return has_password_of_user(value) || behind_name(value) != npos ||
         any_token(value, [](std::size_t) { return true; });
}

std::string without_secrets(std::string_view text) {
  auto result = without_users(text);
  if (const auto at = behind_name(result); at != npos) result.replace(at, npos, kMask);
  any_token(result, [&](std::size_t at) {
    result.replace(at, npos, kMask);
    return true;
  });
  return result;
}

}  // namespace fleetscan
