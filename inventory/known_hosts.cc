#include "inventory/known_hosts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/glob.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "base/sha256.h"

namespace fleetscan::inventory {
namespace {

constexpr std::size_t kSha1Bytes = 20;

/// The next word, taken off the front of `line` with the blanks around it.
std::string_view take_word(std::string_view& line) {
  line = trimmed(line);
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const auto word = line.substr(0, end);
  line = trimmed(line.substr(end));
  return word;
}

/// The first string of a key blob (RFC 4253 section 6.6), which repeats the type.
std::optional<std::string_view> type_in(std::string_view blob) {
  if (blob.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(blob[i]);
  if (length > blob.size() - 4) return std::nullopt;
  return blob.substr(4, length);
}

std::array<unsigned char, kSha1Bytes> hmac_sha1(std::string_view key, std::string_view text) {
  std::array<unsigned char, kSha1Bytes> result{};
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data(), nullptr);
  return result;
}

/// As OpenSSH's match_pattern_list(): some pattern matches, and no negated one does.
bool matches_list(std::string_view name, std::string_view patterns) {
  bool matched = false;
  while (!patterns.empty()) {
    const auto comma = std::min(patterns.find(','), patterns.size());
    auto pattern = patterns.substr(0, comma);
    patterns.remove_prefix(std::min(comma + 1, patterns.size()));
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (!matches_wildcards(name, pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

const char* parse_line(std::string_view line, KnownHostsLine& result) {
  using enum KnownHostsLine::Marker;
  if (const char* fault = line_fault(line)) return fault;
  auto word = take_word(line);
  if (word.starts_with('@')) {
    if (word != "@revoked" && word != "@cert-authority")
      return "a marker is @revoked or @cert-authority";
    result.marker = word == "@revoked" ? revoked : cert_authority;
    word = take_word(line);
  }
  result.names = word;
  result.type = take_word(line);
  result.key = take_word(line);
  if (result.key.empty()) return "a line is: names, key type, key in base64";
  if (result.type.find_first_not_of("0123456789") == npos)
    return "an SSH-1 key, which nothing uses anymore: remove the line";
  return nullptr;
}

}  // namespace

std::string hashed_name(std::string_view name, std::string_view salt) {
  const auto hash = hmac_sha1(salt, name);
  return "|1|" + encode_base64(salt) + '|' +
         encode_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

void for_each_known_host(std::string_view text, const std::string& source,
                         const std::function<void(const KnownHostsLine&)>& sink,
                         InputErrors& errors) {
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    const auto content = trimmed(line);
    if (content.empty() || content.starts_with('#')) return;
    KnownHostsLine parsed;
    parsed.number = number;
    if (const char* fault = parse_line(content, parsed))
      return errors.add({source, number, 0, std::string{content.substr(0, 40)}, fault});
    sink(parsed);
  });
}

void KnownHosts::add(std::string_view text, const std::string& source, InputErrors& errors) {
  for_each_known_host(
      text, source, [&](const KnownHostsLine& line) { add_line(line, source, errors); }, errors);
}

void KnownHosts::add_line(const KnownHostsLine& line, const std::string& source,
                          InputErrors& errors) {
  const auto fail = [&](std::string_view what, const char* remedy) {
    errors.add({source, line.number, 0, std::string{what.substr(0, 40)}, remedy});
  };
  const auto blob = decode_base64(line.key);
  if (!blob || type_in(*blob) != line.type)
    return fail(line.key,
                "the key is not valid base64 for the type before it: copy the line again");
  if (line.marker == KnownHostsLine::Marker::cert_authority) return;
  const auto id = static_cast<std::uint32_t>(keys_.size());
  if (line.hashed()) {
    const auto words = line.names.starts_with("|1|") ? line.names.substr(3) : "";
    const auto bar = words.find('|');
    const auto salt = decode_base64(words.substr(0, bar));
    const auto hash = decode_base64(bar == npos ? "" : words.substr(bar + 1));
    if (!salt || !hash || salt->size() != kSha1Bytes || hash->size() != kSha1Bytes)
      return fail(line.names, "a hashed name is |1|salt|hash, both 20 bytes in base64");
    hashed_.push_back({*salt, *hash, id});
  } else if (auto names = lower(line.names); names.find_first_of("*?!") != npos) {
    patterns_.push_back({std::move(names), id});
  } else {
    for (std::string_view rest = names; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (comma > 0) plain_[std::string{rest.substr(0, comma)}].push_back(id);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  keys_.push_back({std::string{line.type}, fingerprint(sha256(*blob)),
                   line.marker == KnownHostsLine::Marker::revoked});
}

const KnownHosts::Keys& KnownHosts::hashed_keys_for(const std::string& name) {
  static const Keys kNone;
  if (hashed_.empty()) return kNone;
  if (const auto found = hashed_found_.find(name); found != hashed_found_.end())
    return found->second;
  if (hash_budget_ < hashed_.size()) {
    ++unhashed_lookups_;
    return kNone;
  }
  auto& keys = hashed_found_[name];
  for (auto& entry : hashed_) {
    if (entry.claimed) continue;
    --hash_budget_;
    const auto hash = hmac_sha1(entry.salt, name);
    if (!std::equal(hash.begin(), hash.end(), entry.hash.begin(),
                    [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); }))
      continue;
    entry.claimed = true;
    keys.push_back(entry.key);
  }
  return keys;
}

KnownHosts::Keys KnownHosts::keys_for(const std::string& name) {
  Keys keys = hashed_keys_for(name);
  if (const auto found = plain_.find(name); found != plain_.end())
    keys.insert(keys.end(), found->second.begin(), found->second.end());
  for (const auto& [names, key] : patterns_)
    if (matches_list(name, names)) keys.push_back(key);
  return keys;
}

KeyVerdict KnownHosts::judge(const Keys& keys, std::string_view type,
                             std::string_view fingerprint) const {
  auto verdict = KeyVerdict::unknown;
  for (const auto id : keys) {
    const auto& key = keys_[id];
    if (key.type != type) continue;
    const bool same = key.fingerprint == fingerprint;
    if (key.revoked && same) return KeyVerdict::revoked;
    if (key.revoked) continue;
    if (same)
      verdict = KeyVerdict::match;
    else if (verdict == KeyVerdict::unknown)
      verdict = KeyVerdict::changed;
  }
  return verdict;
}

KeyVerdict KnownHosts::check_name(std::string_view host, std::uint16_t port, std::string_view type,
                                  std::string_view fingerprint) {
  const auto plain = lower(host);
  if (port == 22) return judge(keys_for(plain), type, fingerprint);
  const auto verdict =
      judge(keys_for('[' + plain + "]:" + std::to_string(port)), type, fingerprint);
  if (verdict != KeyVerdict::unknown) return verdict;
  const auto without_port = judge(keys_for(plain), type, fingerprint);
  return without_port == KeyVerdict::changed ? KeyVerdict::unknown : without_port;
}

KeyVerdict KnownHosts::check(std::string_view host, std::string_view address, std::uint16_t port,
                             std::string_view type, std::string_view fingerprint) {
  const auto by_name = check_name(host, port, type, fingerprint);
  if (address.empty() || address == host || by_name == KeyVerdict::revoked) return by_name;
  const auto by_address = check_name(address, port, type, fingerprint);
  const bool decides = by_name == KeyVerdict::unknown || by_address == KeyVerdict::revoked;
  return decides ? by_address : by_name;
}

}  // namespace fleetscan::inventory
