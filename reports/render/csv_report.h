#pragma once
// Writes a run as CSV: a row per host. RFC 4180 in UTF-8, but with a bare line feed at the end as
// text files here have it; safe to open in a spreadsheet (see append_csv()).

#include <cstddef>
#include <memory>

#include "reports/render/table.h"

namespace fleetscan::render {

/// Columns never change their order. Each label key has one, in order of name; what is beyond
/// kMaxLabelColumns keys stands together in the column `labels`.
[[nodiscard]] std::unique_ptr<Table> csv_table();

inline constexpr std::size_t kMaxLabelColumns = 64;

}  // namespace fleetscan::render
