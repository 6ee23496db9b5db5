#include "scanner/ssh/identification.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/ascii.h"

namespace fleetscan::ssh {
namespace {

constexpr auto kControl = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0; byte < ' '; ++byte) table[byte] = byte != '\t';
  table[127] = true;
  return table;
}();

bool is_version(char c) { return (c >= '0' && c <= '9') || c == '.'; }
bool is_control(char c) { return kControl[static_cast<unsigned char>(c)]; }

}  // namespace

std::optional<Identification> parse_identification(std::string_view line) {
  if (!line.starts_with(kIdentificationStart)) return std::nullopt;
  if (!is_printable_ascii(line) && std::ranges::any_of(line, is_control)) return std::nullopt;
  line.remove_prefix(kIdentificationStart.size());

  const auto dash = line.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto protocol = line.substr(0, dash);
  if (!std::ranges::all_of(protocol, is_version)) return std::nullopt;
  line.remove_prefix(dash + 1);

  const auto space = line.find(' ');
  const auto comments =
      space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
  return Identification{protocol, line.substr(0, space), comments};
}

}  // namespace fleetscan::ssh
