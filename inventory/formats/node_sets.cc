#include "inventory/formats/node_sets.h"

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/lines.h"

namespace fleetscan::inventory {

std::vector<std::string_view> node_set_parts(std::string_view list) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '[') ++depth;
    if (i < list.size() && list[i] == ']') --depth;
    if (i < list.size() && (list[i] != ',' || depth > 0)) continue;
    if (const auto part = trimmed(list.substr(begin, i - begin)); !part.empty())
      parts.push_back(part);
    begin = i + 1;
  }
  return parts;
}

}  // namespace fleetscan::inventory
