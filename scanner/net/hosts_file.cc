#include "scanner/net/hosts_file.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/lines.h"
#include "base/text_file.h"

namespace fleetscan::net {
namespace {

/// Takes the first word off `line`; empty at its end, and at a comment.
std::string_view take_word(std::string_view& line) {
  line = trimmed(line);
  const auto word = line.substr(0, line.find_first_of(" \t#"));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

HostsFile::HostsFile(std::string_view text) {
  for_each_line(text, [this](std::string_view line, std::uint32_t) {
    const auto address = Address::parse(take_word(line));
    if (!address) return;
    for (auto name = take_word(line); !name.empty(); name = take_word(line)) {
      auto& addresses = hosts_[lower(name)];
      if (std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
    }
  });
}

HostsFile HostsFile::read(const std::string& path) {
  const auto text = read_text(path, "a file of hosts");
  const auto* whole = std::get_if<std::string>(&text);
  return whole ? HostsFile(*whole) : HostsFile();
}

const std::vector<Address>& HostsFile::addresses(std::string_view host) const {
  static const std::vector<Address> none;
  const auto found = hosts_.find(lower(host));
  return found == hosts_.end() ? none : found->second;
}

}  // namespace fleetscan::net
