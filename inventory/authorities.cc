#include "inventory/authorities.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "base/sha256.h"

namespace fleetscan::inventory {
namespace {

constexpr std::string_view kMarker = "@cert-authority", kBlanks = " \t";

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const auto word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

/// A blob begins with its type's length, in four bytes, and its type (RFC 4253 section 6.6).
bool is_of_type(std::string_view blob, std::string_view type) {
  std::string begin(3, '\0');
  begin += static_cast<char>(type.size());
  return !type.empty() && type.size() < 128 && blob.starts_with(begin.append(type)) &&
         blob.size() > begin.size();
}

std::optional<std::string> fingerprint_in(std::string_view line) {
  auto type = take_word(line);
  if (type == kMarker) {
    take_word(line);  // names
    type = take_word(line);
  }
  const auto blob = decode_base64(take_word(line));
  if (!blob || !is_of_type(*blob, type)) return std::nullopt;
  return fingerprint(sha256(*blob));
}

}  // namespace

std::set<std::string> read_authorities(std::string_view text, const std::string& source,
                                       InputErrors& errors) {
  std::set<std::string> found;
  bool faulty = false;
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    const auto content = trimmed(line);
    if (content.empty() || content.starts_with('#')) return;
    if (auto fingerprint = fingerprint_in(content)) {
      found.insert(*std::move(fingerprint));
      return;
    }
    faulty = true;
    errors.add({.source = source,
                .line = number,
                .text = std::string(line),
                .remedy = "must be a public key, as in a .pub file, or an @cert-authority line"});
  });
  if (found.empty() && !faulty)
    errors.add({.source = source, .remedy = "holds no key of an authority"});
  return found;
}

}  // namespace fleetscan::inventory
