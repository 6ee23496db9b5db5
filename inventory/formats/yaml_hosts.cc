#include "inventory/formats/yaml_hosts.h"

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

/// What a roster maps a name to: an address, or a name in a domain.
bool is_address(const std::string& text) {
  return Address::parse(text) || (text.find('.') != std::string::npos && !check_name(text));
}

std::string scalar(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : ""; }

class Parser {
 public:
  Parser(const std::string& source, const EntrySink& sink, InputErrors& errors)
      : source_(source), sink_(sink), errors_(errors) {}

  void document(const YAML::Node& root) {
    if (!root.IsMap() || root["plugin"]) return;
    for (const auto& host : root)
      if (host.first.IsScalar()) add(host.first, host.second);
  }

 private:
  void add(const YAML::Node& key, const YAML::Node& value) {
    const auto name = key.Scalar();
    std::string address, port;
    if (value.IsScalar() && is_address(value.Scalar())) address = value.Scalar();
    if (value.IsMap()) {
      const YAML::Node hostname = value["hostname"], host = value["host"], number = value["port"];
      if (hostname.IsDefined()) address = scalar(hostname);
      if (address.empty() && host.IsDefined()) address = scalar(host);
      if (number.IsDefined()) port = scalar(number);
    }
    const bool nornir = value.IsMap() && value["platform"].IsDefined();
    if (address.empty() && port.empty() && !nornir) return;
    Entry entry{.host = name, .kind = Entry::Kind::plain};
    if (!address.empty() && address != name) {
      entry.kind = Entry::Kind::alias;
      entry.connect = address;
    }
    const auto mark = key.Mark();
    if (!mark.is_null()) entry.line = static_cast<std::uint32_t>(mark.line + 1);
    if (!port.empty() && port != "null") {
      const auto parsed = parse_port_number(port);
      if (!parsed)
        return errors_.add({source_, entry.line, 0, name, "a port is a number from 1 to 65535"});
      entry.port = *parsed;
    }
    if (value.IsMap()) entry.labels = groups(value["groups"]);
    sink_(entry);
  }

  static std::shared_ptr<const Labels> groups(const YAML::Node& list) {
    if (!list.IsDefined() || !list.IsSequence()) return nullptr;
    constexpr std::size_t kMostGroups = 1000;
    auto labels = std::make_shared<Labels>();
    std::size_t count = 0;
    for (const auto& group : list)
      if (group.IsScalar() && ++count <= kMostGroups) add_label(*labels, "group", group.Scalar());
    if (labels->empty()) return nullptr;
    return labels;
  }

  const std::string& source_;
  const EntrySink& sink_;
  InputErrors& errors_;
};

}  // namespace

void parse_yaml_hosts(std::string_view text, const std::string& source, const EntrySink& sink,
                      InputErrors& errors) {
  text = without_bom(text);
  if (text.find('\0') != std::string_view::npos) return errors.add({source, 0, 0, "", kNulByte});
  try {
    Parser(source, sink, errors).document(YAML::Load(std::string{text}));
  } catch (const YAML::Exception& error) {
    const bool known = !error.mark.is_null();
    errors.add({source, known ? static_cast<std::uint32_t>(error.mark.line + 1) : 0, 0, "",
                "not valid YAML: " + error.msg});
  }
}

}  // namespace fleetscan::inventory
