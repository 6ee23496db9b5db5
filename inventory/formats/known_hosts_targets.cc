#include "inventory/formats/known_hosts_targets.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/known_hosts.h"

namespace fleetscan::inventory {
namespace {

struct Name {
  std::string_view host;
  std::string_view port = {};
};

Name split(std::string_view text) {
  const auto close = text.rfind("]:");
  if (!text.starts_with('[') || close == std::string_view::npos) return {text};
  return {text.substr(1, close - 1), text.substr(close + 2)};
}

}  // namespace

KnownHostsLeftOut known_hosts_targets(std::string_view text, const std::string& source,
                                      const EntrySink& sink, InputErrors& errors) {
  KnownHostsLeftOut left_out;
  const auto on_line = [&](const KnownHostsLine& line) {
    if (line.marker != KnownHostsLine::Marker::none) return;
    if (line.hashed()) {
      ++left_out.hashed;
      return;
    }
    std::vector<Name> names, addresses;
    for (auto rest = line.names; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      const auto name = split(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (name.host.find_first_of("*?!") != std::string_view::npos)
        ++left_out.patterns;
      else if (!name.host.empty())
        (Address::parse(name.host) ? addresses : names).push_back(name);
    }
    for (const auto& [host, port] : names.empty() ? addresses : names) {
      Entry entry{.host = host, .kind = Entry::Kind::plain};
      entry.line = line.number;
      if (!port.empty()) {
        const auto number = parse_port_number(port);
        if (!number) {
          errors.add(
              {source, line.number, 0, std::string{port}, "a port is a number from 1 to 65535"});
          continue;
        }
        entry.port = *number;
      }
      sink(entry);
    }
  };
  for_each_known_host(text, source, on_line, errors);
  return left_out;
}

}  // namespace fleetscan::inventory
