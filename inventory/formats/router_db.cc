#include "inventory/formats/router_db.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/ascii.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr std::size_t kMostFields = 4;
using Fields = std::array<std::string_view, kMostFields>;

/// The first fields of a line; those that it does not have are empty.
Fields fields_of(std::string_view line, char separator) {
  Fields fields;
  for (auto& field : fields) {
    const auto end = line.find(separator);
    field = trimmed(line.substr(0, end));
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return fields;
}

char separator_of(std::string_view line) {
  for (const char c : {';', ','})
    if (line.find(c) != std::string_view::npos) return c;
  return ':';
}

std::shared_ptr<const Labels> type_label(std::string_view type) {
  const auto text = "type=" + std::string{type};
  const auto label = parse_label(text);
  if (type.empty() || !label) return nullptr;
  return std::make_shared<const Labels>(Labels{{"type", std::string{label->value}}});
}

}  // namespace

void parse_router_db(std::string_view text, const std::string& source, const EntrySink& sink,
                     InputErrors& errors) {
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    if (const char* fault = line_fault(line)) return errors.add({source, number, 0, "", fault});
    line = trimmed(line);
    if (line.empty() || line.front() == '#') return;
    const char separator = separator_of(line);
    auto [device, second, third, fourth] = fields_of(line, separator);
    if (device.empty() || second.empty())
      return errors.add({source, number, 0, std::string{device},
                         "a line of router.db is device;type;state, or parted by colons"});
    Entry entry{.host = device, .kind = Entry::Kind::plain};
    entry.line = number;
    if (Address::parse(second)) {
      entry.connect = second;
      if (second != device) entry.kind = Entry::Kind::alias;
      second = third, third = fourth;
    }
    entry.labels = type_label(second);
    if (lower(third) == "down") entry.skip_reason = "marked as down in router.db";
    sink(entry);
  });
}

}  // namespace fleetscan::inventory
