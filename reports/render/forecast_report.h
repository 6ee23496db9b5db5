#pragma once
// A forecast as text for a terminal, as a table and as one JSON document.

#include <string>

#include "reports/summary/forecast.h"

namespace fleetscan::render {

[[nodiscard]] std::string forecast_text(const summary::ForecastReport& forecast);
/// A row for each host, client that breaks there and slot in which it does.
[[nodiscard]] std::string forecast_csv(const summary::ForecastReport& forecast);
/// fleetscan.forecast/1
[[nodiscard]] std::string forecast_json(const summary::ForecastReport& forecast);

}  // namespace fleetscan::render
