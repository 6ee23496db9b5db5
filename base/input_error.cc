#include "base/input_error.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/secrets.h"

namespace fleetscan {

std::string InputError::to_string() const {
  std::string result;
  if (!source.empty()) result += excerpt(source) + ':';
  if (line > 0) result += std::to_string(line) + ':';
  if (column > 0) result += std::to_string(column) + ':';
  if (!result.empty()) result += ' ';
  if (!text.empty()) result += '"' + excerpt(without_secrets(text)) + "\": ";
  return result + remedy;
}

void InputErrors::add(InputError error) {
  if (kept_.size() < kMaxKept)
    kept_.push_back(std::move(error));
  else
    ++more_;
}

void InputErrors::add(const InputErrors& others) {
  for (const auto& error : others.kept_) add(error);
  more_ += others.more_;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  std::string result;
  for (const char c : text.substr(0, kMaxShown)) {
    if (c == '"' || c == '\\')
      (result += '\\') += c;
    else if (c >= ' ' && c <= '~')
      result += c;
    else
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  if (text.size() > kMaxShown) result += "...";
  return result;
}

}  // namespace fleetscan
