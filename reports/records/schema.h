#pragma once
// The published descriptions of what programs read (JSON Schema 2020-12), each complete in itself.

#include <span>
#include <string>
#include <string_view>

namespace fleetscan::records {

struct Schema {
  std::string_view name;  ///< "result": of one line of results.jsonl
  std::string (*text)();
};
[[nodiscard]] std::span<const Schema> schemas();

// NAME.schema.json as it stands in the source: result with "{{classes}}" where the names of all
// classes belong, the others with references to the definitions of result.
[[nodiscard]] std::string_view result_schema_text();
[[nodiscard]] std::string_view report_schema_text();
[[nodiscard]] std::string_view comparison_schema_text();
[[nodiscard]] std::string_view forecast_schema_text();
[[nodiscard]] std::string_view keys_schema_text();
[[nodiscard]] std::string_view doctor_schema_text();

}  // namespace fleetscan::records
