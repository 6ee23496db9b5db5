#include "inventory/formats/genders.h"

#include <algorithm>
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

void parse_genders(std::string_view text, const std::string& source, const EntrySink& sink,
                   InputErrors& errors) {
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    if (const char* fault = line_fault(line)) return errors.add({source, number, 0, "", fault});
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) return;
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    auto labels = std::make_shared<Labels>();
    for (const auto attribute : node_set_parts(trimmed(line.substr(end)))) {
      std::string label{attribute};
      if (label.find('=') == std::string::npos) label += '=';
      const auto parsed = parse_label(label);
      if (!parsed)
        return errors.add({source, number, 0, std::string{line.substr(0, end)},
                           "behind the nodes come attributes, name or name=value, and commas"});
      if (parsed->value.find("%n") == std::string_view::npos)
        add_label(*labels, parsed->key, parsed->value);
    }
    for (const auto node : node_set_parts(line.substr(0, end))) {
      Entry entry{.host = node};
      if (!labels->empty()) entry.labels = labels;
      entry.line = number;
      sink(entry);
    }
  });
}

}  // namespace fleetscan::inventory
