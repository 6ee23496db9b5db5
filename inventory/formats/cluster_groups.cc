#include "inventory/formats/cluster_groups.h"

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/formats/node_sets.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

std::uint32_t line_of(const YAML::Node& node) {
  const auto mark = node.Mark();
  return mark.is_null() ? 0 : static_cast<std::uint32_t>(mark.line + 1);
}

class ClusterGroupsParser {
 public:
  ClusterGroupsParser(const std::string& source, const EntrySink& sink, InputErrors& errors)
      : source_(source), sink_(sink), errors_(errors) {}

  void document(const YAML::Node& root) {
    if (!root.IsMap()) return;
    for (const auto& source : root) {
      if (!source.second.IsMap())
        fail(source.first, "a source of groups is a mapping of groups to nodes");
      else
        for (const auto& group : source.second) add_group(group.first, group.second);
    }
  }

 private:
  void fail(const YAML::Node& node, const char* remedy) {
    errors_.add({source_, line_of(node), 0, node.IsScalar() ? node.Scalar() : "", remedy});
  }

  void add_group(const YAML::Node& name, const YAML::Node& nodes) {
    if (nodes.IsNull() || !name.IsScalar()) return;
    auto labels = std::make_shared<Labels>();
    add_label(*labels, "group", name.Scalar());
    if (nodes.IsScalar()) add_nodes(nodes, labels);
    if (nodes.IsSequence())
      for (const auto& one : nodes)
        if (one.IsScalar()) add_nodes(one, labels);
  }

  void add_nodes(const YAML::Node& set, const std::shared_ptr<const Labels>& labels) {
    for (const auto node : node_set_parts(set.Scalar())) {
      if (node.starts_with('@')) continue;
      if (node.find_first_of("!&^") != std::string_view::npos) {
        fail(set, "only unions of nodes are understood, not !, & and ^");
        continue;
      }
      Entry entry{.host = node, .labels = labels};
      entry.line = line_of(set);
      sink_(entry);
    }
  }

  const std::string& source_;
  const EntrySink& sink_;
  InputErrors& errors_;
};

}  // namespace

void parse_cluster_groups(std::string_view text, const std::string& source, const EntrySink& sink,
                          InputErrors& errors) {
  text = without_bom(text);
  if (text.find('\0') != std::string_view::npos) return errors.add({source, 0, 0, "", kNulByte});
  try {
    ClusterGroupsParser(source, sink, errors).document(YAML::Load(std::string{text}));
  } catch (const YAML::Exception& error) {
    const bool known = !error.mark.is_null();
    errors.add({source, known ? static_cast<std::uint32_t>(error.mark.line + 1) : 0, 0, "",
                "not valid YAML: " + error.msg});
  }
}

}  // namespace fleetscan::inventory
