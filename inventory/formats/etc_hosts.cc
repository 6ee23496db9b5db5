#include "inventory/formats/etc_hosts.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/expression.h"

namespace fleetscan::inventory {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (!(line = trimmed(line)).empty()) {
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

/// 127.0.0.0/8, ::1, 0.0.0.0, 255.255.255.255, multicast, and the fe00:: that Debian lists.
bool is_of_this_host(const Address& address) {
  const auto& bytes = address.bytes();
  if (address.is_v4()) return bytes[0] == 127 || bytes[0] == 0 || (bytes[0] & 0xe0) == 0xe0;
  const bool zeros = std::ranges::all_of(bytes.begin(), bytes.end() - 1,
                                         [](std::uint8_t byte) { return byte == 0; });
  return bytes[0] == 0xff || (bytes[0] == 0xfe && bytes[1] == 0) || zeros;
}

}  // namespace

bool is_etc_hosts_line(std::string_view line) {
  const auto words = words_of(line);
  return words.size() >= 2 && Address::parse(words[0]) && !Address::parse(words[1]) &&
         words[1].find_first_of("=,:[/@") == std::string_view::npos && !check_name(words[1]);
}

void parse_etc_hosts(std::string_view text, const std::string& source, const EntrySink& sink,
                     InputErrors& errors) {
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    if (const char* fault = line_fault(line)) return errors.add({source, number, 0, "", fault});
    const auto words = words_of(line);
    if (words.empty()) return;
    const auto address = Address::parse(words[0]);
    if (!address)
      return errors.add({source, number, 0, std::string{words[0]},
                         "a line of /etc/hosts begins with an address"});
    if (is_of_this_host(*address)) return;
    Entry entry{.host = words.size() > 1 ? words[1] : words[0], .kind = Entry::Kind::plain};
    if (words.size() > 1) {
      entry.kind = Entry::Kind::alias;
      entry.connect = words[0];
    }
    entry.line = number;
    sink(entry);
  });
}

}  // namespace fleetscan::inventory
