#include "tests/simulator/wire.h"

#include "scanner/ssh/wire.h"

namespace fleetscan::simulator {

void append_mpint(std::string& message, std::string_view magnitude) {
  const auto first = magnitude.find_first_not_of('\0');
  magnitude.remove_prefix(first == std::string_view::npos ? magnitude.size() : first);
  const bool looks_negative =
      !magnitude.empty() && (static_cast<std::uint8_t>(magnitude.front()) & 0x80) != 0;
  ssh::append_uint32(message,
                     static_cast<std::uint32_t>(magnitude.size() + (looks_negative ? 1 : 0)));
  if (looks_negative) message += '\0';
  message += magnitude;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace fleetscan::simulator
