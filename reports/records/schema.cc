#include "reports/records/schema.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "scanner/probe/outcome.h"

namespace fleetscan::records {
namespace {

constexpr std::string_view kClasses = R"(["{{classes}}"])";

std::string list_of_classes() {
  std::string list;
  for (const auto& row : probe::outcomes())
    list += fmt::format("{}\n    \"{}\"", list.empty() ? "[" : ",", row.name);
  return list + "\n   ]";
}

std::string with_classes(std::string text) {
  const auto place = text.find(kClasses);
  if (place == text.npos) throw std::logic_error("result.schema.json has no place for the classes");
  return text.replace(place, kClasses.size(), list_of_classes());
}

}  // namespace

std::string_view result_schema() {
  static const auto kSchema = with_classes(std::string(result_schema_text()));
  return kSchema;
}

}  // namespace fleetscan::records
