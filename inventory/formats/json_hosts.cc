#include "inventory/formats/json_hosts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/input_error.h"
#include "base/json_text.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

using Json = nlohmann::json;

/// An object with this member is a machine; where its address and its name are, best first.
struct Shape {
  const char* member;
  std::array<const char*, 3> addresses;
  std::array<const char*, 2> names;
};

constexpr std::array<Shape, 9> kShapes{{
    {"InstanceId", {"/PublicIpAddress", "/PrivateIpAddress", nullptr}, {nullptr, nullptr}},
    {"networkInterfaces",
     {"/networkInterfaces/0/accessConfigs/0/natIP", "/networkInterfaces/0/networkIP", nullptr},
     {"/name", nullptr}},
    {"privateIps", {"/publicIps", "/privateIps", nullptr}, {"/name", nullptr}},
    {"primary_ip", {"/primary_ip/address", nullptr, nullptr}, {"/name", "/display"}},
    {"public_net", {"/public_net/ipv4/ip", "/public_net/ipv6/ip", nullptr}, {"/name", nullptr}},
    {"networks",
     {"/networks/v4/0/ip_address", "/networks/v6/0/ip_address", nullptr},
     {"/name", nullptr}},
    {"attributes",
     {"/attributes/public_ip", "/attributes/private_ip", "/attributes/ipv4_address"},
     {"/attributes/tags/Name", "/attributes/name"}},
    {"Node", {"/Address", nullptr, nullptr}, {"/Node", nullptr}},
    {"Networks", {"/Networks", nullptr, nullptr}, {"/Name", nullptr}},
}};

const Json* at(const Json& value, const char* pointer) {
  const Json::json_pointer path{pointer};
  return value.contains(path) ? &value.at(path) : nullptr;
}

/// The first address of "10.0.0.1", "192.0.2.1/24", "net=10.0.0.1, 10.0.0.2"; empty if there is
/// none.
std::string address_in(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(" ,;="), text.size());
    const auto word = text.substr(0, end);
    const auto address = word.substr(0, word.find('/'));
    if (Address::parse(address)) return std::string{address};
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return "";
}

class JsonHostsParser {
 public:
  JsonHostsParser(const EntrySink& sink) : sink_(sink) {}

  std::uint64_t document(const Json& root) {
    if (root.is_array() && !root.empty() && root.front().is_string())
      names(root);
    else
      walk(root, 0);
    return without_address_;
  }

 private:
  void names(const Json& list) {
    for (const auto& name : list)
      if (name.is_string())
        hand_over(name.get_ref<const std::string&>(), nullptr, Entry::Kind::expression);
  }

  void walk(const Json& value, int depth) {
    constexpr int kMaxDepth = 50;
    if (depth > kMaxDepth || !value.is_structured()) return;
    if (value.is_object() && machine(value)) return;
    for (const auto& part : value) walk(part, depth + 1);
  }

  /// @return false if the object is none itself, but may hold some
  bool machine(const Json& object) {
    if (const auto* targets = member(object, "targets"); targets && targets->is_array())
      return file_sd(*targets, member(object, "labels"));
    if (const auto* output = member(object, "value"); output && object.contains("type"))
      return terraform_output(*output, object);
    if (const auto* addresses = at(object, "/status/addresses"))
      return kubernetes_node(object, *addresses);
    for (const auto& shape : kShapes)
      if (object.contains(shape.member)) return of_shape(object, shape);
    return false;
  }

  bool of_shape(const Json& object, const Shape& shape) {
    std::string address;
    for (const auto* pointer : shape.addresses)
      if (const auto* found = pointer ? at(object, pointer) : nullptr; found && address.empty())
        address = address_in(text_of(*found));
    if (address.empty() && shape.member == std::string_view{"attributes"}) return true;
    std::string name = tag_name(object);
    for (const auto* pointer : shape.names)
      if (const auto* found = pointer ? at(object, pointer) : nullptr;
          found && found->is_string() && name.empty())
        name = found->get<std::string>();
    add(address, name);
    return true;
  }

  /// A string, or the first one within.
  static std::string text_of(const Json& value, int depth = 0) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_structured() && depth < 5)
      for (const auto& part : value)
        if (auto text = text_of(part, depth + 1); !text.empty()) return text;
    return "";
  }

  /// AWS: [{"Key": "Name", "Value": "web1"}]
  static std::string tag_name(const Json& object) {
    const auto* tags = member(object, "Tags");
    if (!tags || !tags->is_array()) return "";
    for (const auto& tag : *tags) {
      const auto *key = member(tag, "Key"), *value = member(tag, "Value");
      if (key && value && *key == "Name" && value->is_string()) return value->get<std::string>();
    }
    return "";
  }

  bool kubernetes_node(const Json& node, const Json& addresses) {
    std::string address;
    if (addresses.is_array())
      for (const auto* type : {"ExternalIP", "InternalIP"})
        for (const auto& one : addresses)
          if (const auto* kind = member(one, "type"); kind && *kind == type && address.empty())
            if (const auto* found = member(one, "address")) address = address_in(text_of(*found));
    const auto* name = at(node, "/metadata/name");
    add(address, name ? text_of(*name) : "");
    return true;
  }

  bool file_sd(const Json& targets, const Json* given) {
    auto labels = std::make_shared<Labels>();
    if (given && given->is_object())
      for (const auto& [key, value] : given->items()) {
        const auto text = value.is_string() ? key + '=' + value.get<std::string>() : "";
        const auto label = parse_label(text);
        if (label && !key.starts_with("__")) add_label(*labels, label->key, label->value);
      }
    for (const auto& target : targets) {
      if (!target.is_string()) continue;
      std::string_view host = target.get_ref<const std::string&>();
      if (const auto scheme = host.find("://"); scheme != std::string_view::npos)
        host.remove_prefix(scheme + 3);
      host = host.substr(0, host.find('/'));
      hand_over(without_port(host), labels->empty() ? nullptr : labels, Entry::Kind::plain);
    }
    return true;
  }

  static std::string without_port(std::string_view host) {
    if (host.starts_with('[')) return std::string{host.substr(1, host.find(']') - 1)};
    const bool v6 = std::ranges::count(host, ':') > 1;
    return std::string{v6 ? host : host.substr(0, host.find(':'))};
  }

  /// {"value": "192.0.2.1"} or a list or map of such; never one that is marked as sensitive.
  bool terraform_output(const Json& value, const Json& object) {
    const auto* sensitive = member(object, "sensitive");
    if (sensitive && *sensitive == true) return true;
    if (value.is_string()) {
      if (Address::parse(value.get_ref<const std::string&>())) add(value.get<std::string>(), "");
      return true;
    }
    if (value.is_object())
      for (const auto& [name, one] : value.items())
        if (one.is_string() && Address::parse(one.get_ref<const std::string&>()))
          add(one.get<std::string>(), name);
    if (value.is_array())
      for (const auto& one : value)
        if (one.is_string() && Address::parse(one.get_ref<const std::string&>()))
          add(one.get<std::string>(), "");
    return true;
  }

  void add(const std::string& address, const std::string& name) {
    if (address.empty()) {
      ++without_address_;
      return;
    }
    const auto text = "name=" + name;
    const auto label = name.empty() ? std::nullopt : parse_label(text);
    hand_over(address,
              label ? std::make_shared<const Labels>(Labels{{"name", std::string{label->value}}})
                    : nullptr,
              Entry::Kind::plain);
  }

  void hand_over(const std::string& host, std::shared_ptr<const Labels> labels,
                 Entry::Kind kind) const {
    Entry entry{.host = host, .kind = kind};
    entry.labels = std::move(labels);
    sink_(entry);
  }

  const EntrySink& sink_;
  std::uint64_t without_address_ = 0;
};

}  // namespace

std::uint64_t parse_json_hosts(std::string_view text, const std::string& source,
                               const EntrySink& sink, InputErrors& errors) {
  const auto root = parse_json(text, source, errors);
  return root ? JsonHostsParser(sink).document(*root) : 0;
}

namespace {

class PointedParser {
 public:
  PointedParser(const JsonPlaces& places, const std::string& source, const EntrySink& sink,
                InputErrors& errors)
      : host_(places.host), port_(places.port), source_(source), sink_(sink), errors_(errors) {}

  void walk(const Json& value, int depth) {
    constexpr int kMaxDepth = 50;
    if (depth > kMaxDepth || !value.is_structured()) return;
    if (value.is_object() && value.contains(host_) && value.at(host_).is_string())
      return machine(value, value.at(host_).get_ref<const std::string&>());
    for (const auto& part : value) walk(part, depth + 1);
  }

 private:
  void machine(const Json& object, const std::string& host) {
    if (host.empty()) return;
    const auto address = host.find('/') == std::string::npos ? "" : address_in(host);
    Entry entry{.host = address.empty() ? host : address};
    if (!port_.empty() && object.contains(port_) && !object.at(port_).is_null()) {
      const auto digits = scalar_text(object.at(port_)).value_or("");
      const auto port = parse_port_number(digits);
      if (!port) return errors_.add({source_, 0, 0, host, "its port is no number from 1 to 65535"});
      entry.port = *port;
    }
    sink_(entry);
  }

  Json::json_pointer host_, port_;
  const std::string& source_;
  const EntrySink& sink_;
  InputErrors& errors_;
};

}  // namespace

std::uint64_t parse_json_hosts_at(const JsonPlaces& places, std::string_view text,
                                  const std::string& source, const EntrySink& sink,
                                  InputErrors& errors) {
  if (!is_json_pointer(places.host) || !is_json_pointer(places.port)) return 0;
  if (const auto root = parse_json(text, source, errors))
    PointedParser(places, source, sink, errors).walk(*root, 0);
  return 0;
}

bool is_json_pointer(const std::string& text) {
  try {
    static_cast<void>(Json::json_pointer{text});
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

bool looks_like_json_hosts(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  if (text[first] == '[') {
    const auto next = text.find_first_not_of(" \t\r\n", first + 1);
    if (next != std::string_view::npos && text[next] == '"') return true;
  }
  static constexpr std::array<std::string_view, 14> kSigns{
      "\"Reservations\"", "\"InstanceId\"", "\"networkInterfaces\"", "\"privateIps\"",
      "\"primary_ip\"",   "\"public_net\"", "\"terraform_version\"", "\"targets\"",
      "\"sensitive\"",    "\"kind\"",       "\"ServiceAddress\"",    "\"TaggedAddresses\"",
      "\"Networks\"",     "\"droplet\""};
  return std::ranges::any_of(kSigns,
                             [&](auto sign) { return text.find(sign) != std::string_view::npos; });
}

}  // namespace fleetscan::inventory
