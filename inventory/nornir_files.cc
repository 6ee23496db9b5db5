#include "inventory/nornir_files.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text_file.h"
#include "inventory/formats/yaml_hosts.h"

namespace fleetscan::inventory {
namespace {

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// The text of "hosts.yaml" in the folder of `path`, or of another stem; empty if there is none.
std::string text_beside(const std::string& path, std::string_view stem) {
  if (path == "-") return "";
  const auto folder = path.substr(0, path.rfind('/') + 1);
  for (const auto* ending : {".yaml", ".yml"}) {
    const auto file = fmt::format("{}{}{}", folder, stem, ending);
    if (kind_of_path(file) != PathKind::file) continue;
    auto text = read_text(file, "an inventory");
    if (auto* good = std::get_if<std::string>(&text)) return std::move(*good);
  }
  return "";
}

}  // namespace

NornirTexts nornir_texts(const std::string& path) {
  if (!file_name(path).starts_with("hosts.")) return {};
  return {text_beside(path, "groups"), text_beside(path, "defaults")};
}

bool is_beside_nornir(const std::string& path) {
  const auto name = file_name(path);
  const auto stem = name.substr(0, name.find('.'));
  return (stem == "groups" || stem == "defaults") && !text_beside(path, "hosts").empty();
}

}  // namespace fleetscan::inventory
