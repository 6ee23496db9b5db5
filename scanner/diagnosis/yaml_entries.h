#pragma once
// Reads the data files that are built in: lists of entries, each a mapping whose keys are known.
// Their functions report a mistake by an exception; read_yaml() adds the file's name.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace YAML {
class Node;
}

namespace fleetscan::diagnosis {

using Keys = std::span<const std::string_view>;

/// Reads a whole document.
/// @throws std::invalid_argument  "causes.yaml:12: ...": the text is not YAML, or `read` refused
void read_yaml(std::string_view file, std::string_view yaml,
               const std::function<void(const YAML::Node& root)>& read);

// For use by `read`.

/// Says what is wrong with `node`.
[[noreturn]] void refuse(const YAML::Node& node, std::string_view what);
/// Refuses what is no mapping, a key that is in neither list, missing, or given twice.
void check_keys(const YAML::Node& map, Keys required, Keys optional);
/// A scalar that is not empty.
[[nodiscard]] std::string text(const YAML::Node& value);
/// Calls `read` with each item of a list; refuses what is none, or empty.
void for_each(const YAML::Node& list, const std::function<void(const YAML::Node& item)>& read);
[[nodiscard]] std::vector<std::string> texts(const YAML::Node& list);

}  // namespace fleetscan::diagnosis
