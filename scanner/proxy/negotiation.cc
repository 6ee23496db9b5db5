#include "scanner/proxy/negotiation.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/ascii.h"
#include "scanner/proxy/answer.h"

namespace fleetscan::proxy {
namespace {

constexpr std::string_view kHidden = "***";

}  // namespace

bool is_host_name(std::string_view name) {
  constexpr std::size_t kMost = 253;  // RFC 1035 section 2.3.4, as text
  return !name.empty() && name.size() <= kMost && std::ranges::all_of(name, [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

void Negotiation::end(Answer why, std::string_view said) {
  step = Step::over;
  answer = why;
  words = said.substr(0, kMaxBytes);
  for (const auto& secret : secrets)
    for (auto at = words.find(secret); at != words.npos;
         at = words.find(secret, at + kHidden.size()))
      words.replace(at, secret.size(), kHidden);
  words.resize(std::min(words.size(), kMaxWords));
}

}  // namespace fleetscan::proxy
