#include "reports/records/schema.h"

#include <fmt/format.h>

#include <span>
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

std::string result_schema() {
  std::string text(result_schema_text());
  const auto place = text.find(kClasses);
  if (place == text.npos) throw std::logic_error("result.schema.json has no place for the classes");
  return text.replace(place, kClasses.size(), list_of_classes());
}

/// A schema with the definitions that it refers to.
std::string completed(std::string_view schema) {
  constexpr std::string_view kElsewhere = "urn:fleetscan:result:1#", kHere = "#";
  const auto definitions = result_schema();
  std::string text(schema.substr(0, schema.rfind('}')));
  for (auto at = text.find(kElsewhere); at != text.npos; at = text.find(kElsewhere, at))
    text.replace(at, kElsewhere.size(), kHere);
  while (text.ends_with('\n')) text.pop_back();
  return text + ",\n " + definitions.substr(definitions.find("\"$defs\": {"));
}

constexpr Schema kSchemas[] = {
    {"result", result_schema},
    {"report", [] { return completed(report_schema_text()); }},
    {"comparison", [] { return completed(comparison_schema_text()); }},
    {"forecast", [] { return std::string(forecast_schema_text()); }},
    {"keys", [] { return std::string(keys_schema_text()); }},
    {"doctor", [] { return std::string(doctor_schema_text()); }},
};

}  // namespace

std::span<const Schema> schemas() { return kSchemas; }

}  // namespace fleetscan::records
