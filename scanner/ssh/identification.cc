#include "scanner/ssh/identification.h"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

namespace fleetscan::ssh {
namespace {

constexpr std::string_view kInvalid{"\0\r", 2};

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<Identification> parse_identification(std::string_view line) {
  if (!line.starts_with(kIdentificationStart)) return std::nullopt;
  if (line.find_first_of(kInvalid) != std::string_view::npos) return std::nullopt;
  line.remove_prefix(kIdentificationStart.size());

  auto rest = line;
  const auto major = take_number(rest);
  if (!major || !take(rest, '.')) return std::nullopt;
  const auto minor = take_number(rest);
  const auto protocol = line.substr(0, line.size() - rest.size());
  if (!minor || !take(rest, '-') || rest.empty()) return std::nullopt;

  const auto space = rest.find(' ');
  const auto comments =
      space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  return Identification{protocol, rest.substr(0, space), comments, *major, *minor};
}

bool rejects_identification(std::string_view text) {
  return text.starts_with("Invalid SSH identification string") ||
         text.starts_with("Protocol mismatch");
}

}  // namespace fleetscan::ssh
