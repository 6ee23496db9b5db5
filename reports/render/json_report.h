#pragma once
// report.json: one document for programs (schema "fleetscan.report/1").

#include <string>
#include <string_view>

#include "reports/summary/report.h"

namespace fleetscan::render {

inline constexpr std::string_view kReportSchema = "fleetscan.report/1";

[[nodiscard]] std::string json_report(const summary::Report& report);

}  // namespace fleetscan::render
