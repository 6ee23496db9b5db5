#include "inventory/formats/yaml_hosts.h"

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <map>
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

/// The scalar of that name; empty if there is none, or none is meant.
std::string scalar(const YAML::Node& map, const char* name) {
  if (!map.IsMap()) return "";
  const YAML::Node node = map[name];
  return node.IsDefined() && node.IsScalar() && node.Scalar() != "null" ? node.Scalar() : "";
}

YAML::Node loaded(const std::string& text) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception&) {
    return {};
  }
}

class YamlHostsParser {
 public:
  YamlHostsParser(const std::string& source, const NornirTexts& beside, const EntrySink& sink,
                  InputErrors& errors)
      : source_(source), defaults_(loaded(beside.defaults)), sink_(sink), errors_(errors) {
    const auto groups = loaded(beside.groups);
    if (!groups.IsMap()) return;
    for (const auto& group : groups)
      if (group.first.IsScalar() && group.second.IsMap())
        groups_.emplace(group.first.Scalar(), group.second);
  }

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
      address = inherited(value, "hostname");
      if (address.empty()) address = scalar(value, "host");
      port = inherited(value, "port");
    }
    const bool nornir =
        value.IsMap() && (value["platform"].IsDefined() || value["groups"].IsDefined());
    if (address.empty() && port.empty() && !nornir) return;
    Entry entry{.host = name, .kind = Entry::Kind::plain};
    if (!address.empty() && address != name) {
      entry.kind = Entry::Kind::alias;
      entry.connect = address;
    }
    const auto mark = key.Mark();
    if (!mark.is_null()) entry.line = static_cast<std::uint32_t>(mark.line + 1);
    if (!port.empty()) {
      const auto parsed = parse_port_number(port);
      if (!parsed)
        return errors_.add({source_, entry.line, 0, name, "a port is a number from 1 to 65535"});
      entry.port = *parsed;
    }
    if (value.IsMap()) entry.labels = groups(value["groups"]);
    sink_(entry);
  }

  /// The host's own, else that of the first of its groups that has it, else the default.
  std::string inherited(const YAML::Node& host, const char* name) {
    auto value = scalar(host, name);
    if (value.empty()) value = of_groups(host, name, 0);
    return value.empty() ? scalar(defaults_, name) : value;
  }

  std::string of_groups(const YAML::Node& member, const char* name, int depth) {
    constexpr int kMaxDepth = 10, kMostVisits = 10'000'000;
    if (groups_.empty() || depth > kMaxDepth || ++visits_ > kMostVisits) return "";
    const YAML::Node names = member["groups"];
    if (!names.IsDefined() || !names.IsSequence()) return "";
    for (const auto& one : names) {
      const auto group = groups_.find(one.IsScalar() ? one.Scalar() : "");
      if (group == groups_.end()) continue;
      auto value = scalar(group->second, name);
      if (value.empty()) value = of_groups(group->second, name, depth + 1);
      if (!value.empty()) return value;
    }
    return "";
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
  std::map<std::string, YAML::Node> groups_;
  const YAML::Node defaults_;
  int visits_ = 0;
  const EntrySink& sink_;
  InputErrors& errors_;
};

}  // namespace

void parse_yaml_hosts(std::string_view text, const std::string& source, const NornirTexts& beside,
                      const EntrySink& sink, InputErrors& errors) {
  text = without_bom(text);
  if (text.find('\0') != std::string_view::npos) return errors.add({source, 0, 0, "", kNulByte});
  try {
    YamlHostsParser(source, beside, sink, errors).document(YAML::Load(std::string{text}));
  } catch (const YAML::Exception& error) {
    const bool known = !error.mark.is_null();
    errors.add({source, known ? static_cast<std::uint32_t>(error.mark.line + 1) : 0, 0, "",
                "not valid YAML: " + error.msg});
  }
}

}  // namespace fleetscan::inventory
