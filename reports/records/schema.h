#pragma once
// The published descriptions of the record and report formats (JSON Schema 2020-12).

#include <string_view>

namespace fleetscan::records {

[[nodiscard]] std::string_view result_schema();  ///< of one line of results.jsonl
/// result.schema.json as it stands, with "{{classes}}" where the names of all classes belong.
[[nodiscard]] std::string_view result_schema_text();
[[nodiscard]] std::string_view report_schema();  ///< of report.json; refers to the other by its $id

}  // namespace fleetscan::records
