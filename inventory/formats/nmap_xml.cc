#include "inventory/formats/nmap_xml.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/input_error.h"
#include "base/json_text.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr std::ptrdiff_t kMaxTags = 50'000'000;

std::uint32_t line_of(std::string_view text, std::ptrdiff_t offset) {
  const auto before = text.substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)));
  return static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1);
}

std::string_view address_of_host(const pugi::xml_node& host) {
  for (const auto& address : host.children("address")) {
    const std::string_view type = address.attribute("addrtype").value();
    if (type == "ipv4" || type == "ipv6") return address.attribute("addr").value();
  }
  return {};
}

std::shared_ptr<const Labels> name_label(const pugi::xml_node& host) {
  const std::string_view name = host.child("hostnames").child("hostname").attribute("name").value();
  if (name.empty() || check_name(name)) return nullptr;
  return std::make_shared<const Labels>(Labels{{"name", std::string{name}}});
}

/// The host's ports that are open and speak SSH, handed to `sink`.
bool hand_over(const pugi::xml_node& host, std::uint16_t ssh_port, Entry entry,
               const EntrySink& sink) {
  bool any = false;
  for (const auto& port : host.child("ports").children("port")) {
    if (port.attribute("protocol").value() != std::string_view{"tcp"} ||
        port.child("state").attribute("state").value() != std::string_view{"open"})
      continue;
    const auto number = parse_port_number(port.attribute("portid").value());
    const bool is_ssh = port.child("service").attribute("name").value() == std::string_view{"ssh"};
    if (!number || (*number != ssh_port && !is_ssh)) continue;
    entry.port = *number;
    sink(entry);
    any = true;
  }
  return any;
}

}  // namespace

namespace {

/// The document up to its last whole host; empty if it has none.
std::string whole_part(std::string_view text) {
  constexpr std::string_view kEnd = "</host>";
  const auto last = text.rfind(kEnd);
  if (last == std::string_view::npos) return "";
  return std::string{text.substr(0, last + kEnd.size())} + "</nmaprun>";
}

}  // namespace

PortScan parse_nmap_xml(std::string_view text, const std::string& source, std::uint16_t ssh_port,
                        const EntrySink& sink, InputErrors& errors) {
  if (std::ranges::count(text, '<') > kMaxTags) {
    errors.add({source, 0, 0, "", "more than 50 million tags: split the file"});
    return {};
  }
  pugi::xml_document document;
  auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_minimal);
  const auto fault = parsed;
  if (!parsed) {
    const auto whole = whole_part(text);
    if (!whole.empty())
      parsed = document.load_buffer(whole.data(), whole.size(), pugi::parse_minimal);
  }
  if (!parsed) {
    errors.add({source, line_of(text, fault.offset), 0, "",
                std::string{"not valid XML from here on: "} + fault.description()});
    return {};
  }
  const auto run = document.child("nmaprun");
  if (!run) {
    errors.add({source, 1, 0, "", "no <nmaprun>: is this the output of nmap -oX?"});
    return {};
  }
  PortScan scan;
  std::uint64_t hosts = 0;
  for (const auto& host : run.children("host")) {
    Entry entry{.host = address_of_host(host), .kind = Entry::Kind::plain};
    if (entry.host.empty()) continue;
    ++hosts;
    entry.labels = name_label(host);
    if (!hand_over(host, ssh_port, entry, sink)) ++scan.without_ssh;
  }
  if (!fault) scan.interrupted_after = hosts;
  return scan;
}

namespace {

/// Whether the port's member of that name is `value`, or missing.
bool is_or_lacks(const nlohmann::json& port, const std::string& name, const char* value) {
  const auto* found = member(port, name);
  return !found || *found == value;
}

enum class Found : std::uint8_t { ssh, no_ssh, nothing };

/// One port of a record, or the record itself as -oD writes it.
bool is_ssh_port(const nlohmann::json& port, std::uint16_t ssh_port) {
  const auto* number = member(port, "port");
  const auto* data = member(port, "data");
  return number && *number == ssh_port && is_or_lacks(port, "proto", "tcp") &&
         is_or_lacks(port, "status", "open") && (!data || is_or_lacks(*data, "status", "open"));
}

/// One record; a banner says nothing new of a host.
Found masscan_record(const nlohmann::json& record, std::uint16_t ssh_port, const EntrySink& sink) {
  const auto* address = member(record, "ip");
  const auto* ports = member(record, "ports");
  if (!address || !address->is_string() || !is_or_lacks(record, "rec_type", "status"))
    return Found::nothing;
  const auto host = address->get<std::string>();
  Entry entry{.host = host, .kind = Entry::Kind::plain};
  entry.port = ssh_port;
  bool any = is_ssh_port(record, ssh_port);
  if (ports && ports->is_array())
    for (const auto& port : *ports) any = any || is_ssh_port(port, ssh_port);
  if (any) sink(entry);
  return any ? Found::ssh : Found::no_ssh;
}

}  // namespace

PortScan parse_masscan_json(std::string_view text, const std::string& source,
                            std::uint16_t ssh_port, const EntrySink& sink, InputErrors& errors) {
  PortScan scan;
  std::uint64_t hosts = 0;
  const auto take = [&](const nlohmann::json& record) {
    const auto found = masscan_record(record, ssh_port, sink);
    if (found != Found::nothing) ++hosts;
    if (found == Found::no_ssh) ++scan.without_ssh;
  };
  InputErrors whole;
  if (const auto root = parse_json(text, source, whole)) {
    if (root->is_object())
      take(*root);
    else if (!root->is_array())
      errors.add({source, 1, 0, "", "masscan's output is a list of records"});
    else
      for (const auto& record : *root) take(record);
    return scan;
  }
  // One record a line: older masscans end it with a comma too many, and the list with {finished:
  // 1}.
  bool any = false;
  std::optional<InputError> last;  // where an interrupted run stopped
  InputErrors lines;
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    line = trimmed(line);
    if (line.starts_with('[')) line = trimmed(line.substr(1));
    while (line.ends_with(',')) line = trimmed(line.substr(0, line.size() - 1));
    if (line.empty() || line.starts_with("{finished")) return;
    if (last) lines.add(*std::exchange(last, std::nullopt));
    if (line == "]") return;
    const auto record =
        line_fault(line) ? nlohmann::json() : nlohmann::json::parse(line, nullptr, false);
    if (!record.is_object()) {
      last = InputError{source, number, 0, std::string{line.substr(0, 80)}, "not a masscan record"};
      return;
    }
    any = true;
    take(record);
  });
  if (any && last) scan.interrupted_after = hosts;
  errors.add(any ? lines : whole);
  return scan;
}

}  // namespace fleetscan::inventory
