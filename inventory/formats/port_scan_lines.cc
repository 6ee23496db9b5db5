#include "inventory/formats/port_scan_lines.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/formats/nmap_xml.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Calls visit(line, number) for what is neither blank nor a comment.
template <typename Visit>
void for_each_record(std::string_view text, const std::string& source, InputErrors& errors,
                     const Visit& visit) {
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    if (const char* fault = line_fault(line)) return errors.add({source, number, 0, "", fault});
    line = trimmed(line);
    if (!line.empty() && line.front() != '#') visit(line, number);
  });
}

}  // namespace

PortScan parse_masscan_list(std::string_view text, const std::string& source,
                            std::uint16_t ssh_port, const EntrySink& sink, InputErrors& errors) {
  std::set<std::string, std::less<>> with, without;
  for_each_record(text, source, errors, [&](std::string_view line, std::uint32_t number) {
    const auto words = split(line, ' ');
    if (words[0] == "banner" || words[0] == "closed") return;
    const auto port = words.size() < 4 ? std::nullopt : parse_port_number(words[2]);
    if (words[0] != "open" || !port || !Address::parse(words[3]))
      return errors.add({source, number, 0, std::string{line.substr(0, 80)},
                         "a line of masscan -oL is: open tcp PORT ADDRESS TIME"});
    if (*port != ssh_port || words[1] != "tcp") {
      without.emplace(words[3]);
      return;
    }
    if (!with.emplace(words[3]).second) return;
    Entry entry{.host = words[3], .kind = Entry::Kind::plain};
    entry.port = ssh_port;
    entry.line = number;
    sink(entry);
  });
  const auto missing =
      std::ranges::count_if(without, [&](const auto& host) { return !with.contains(host); });
  return {static_cast<std::uint64_t>(missing), std::nullopt};
}

PortScan parse_nmap_grepable(std::string_view text, const std::string& source,
                             std::uint16_t ssh_port, const EntrySink& sink, InputErrors& errors) {
  PortScan scan;
  for_each_record(text, source, errors, [&](std::string_view line, std::uint32_t number) {
    const auto fields = split(line, '\t');
    constexpr std::string_view kHost = "Host: ", kPorts = "Ports: ";
    const auto head =
        std::ranges::find_if(fields, [&](auto field) { return field.starts_with(kHost); });
    const auto ports =
        std::ranges::find_if(fields, [&](auto field) { return field.starts_with(kPorts); });
    if (head == fields.end())
      return errors.add({source, number, 0, std::string{line.substr(0, 80)},
                         "a line of nmap -oG begins with Host: ADDRESS"});
    if (ports == fields.end()) return;  // says only that the host is up
    const auto host = head->substr(kHost.size());
    const auto address = host.substr(0, host.find(' '));
    const auto open = host.find('(');
    const auto name = open == npos ? "" : host.substr(open + 1, host.find(')', open) - open - 1);
    Entry entry{.host = address, .kind = Entry::Kind::plain};
    if (!name.empty() && !check_name(name))
      entry.labels = std::make_shared<const Labels>(Labels{{"name", std::string{name}}});
    entry.line = number;
    bool any = false;
    for (const auto one : split(ports->substr(kPorts.size()), ',')) {
      const auto parts = split(trimmed(one), '/');  // port/state/protocol/owner/service/...
      const auto port = parse_port_number(parts[0]);
      if (parts.size() < 5 || !port || parts[1] != "open" || parts[2] != "tcp") continue;
      if (*port != ssh_port && parts[4] != "ssh") continue;
      entry.port = *port;
      sink(entry);
      any = true;
    }
    if (!any) ++scan.without_ssh;
  });
  return scan;
}

}  // namespace fleetscan::inventory
